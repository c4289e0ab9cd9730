using System.Collections.Concurrent;
using Cass.Serving;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cass.Tests.Serving;

/// <summary>Classifiers that are replaced while they are served.</summary>
public sealed class ReloadTests : IDisposable
{
    private static readonly TinyImage Image = new(2, 5);

    private readonly TemporaryFolder folder = new();
    private readonly RecordedLog log = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_classifier_takes_the_place_of_the_old_one_and_no_request_is_dropped()
    {
        var old = TinyClassifiers.Save(folder.Path, seed: 1, Image).Probabilities;
        await using var service = Service();
        await service.StartAsync(TestContext.Current.CancellationToken);
        var loadedAt = service.LoadedAt;
        using var stop = new CancellationTokenSource();
        var last = new IReadOnlyList<LabelProbability>[4];
        var callers = Enumerable.Range(0, last.Length).Select(caller => Task.Run(async () =>
        {
            var answers = new List<IReadOnlyList<LabelProbability>>();
            while (!stop.IsCancellationRequested)
            {
                answers.Add((await service.PredictAsync(Image)).Probabilities);
                Volatile.Write(ref last[caller], answers[^1]);
            }

            return answers;
        })).ToArray();
        await Eventually.True(() => Enumerable.Range(0, last.Length).All(caller => Volatile.Read(ref last[caller]) is not null));

        var next = TinyClassifiers.Save(folder.Path, seed: 2, Image).Probabilities;
        await service.CheckFilesAsync();
        Assert.Equal(loadedAt, service.LoadedAt);
        await service.CheckFilesAsync();
        Assert.NotEqual(loadedAt, service.LoadedAt);
        await Eventually.True(() => Enumerable.Range(0, last.Length).All(caller => Alike(Volatile.Read(ref last[caller]), next)));
        await stop.CancelAsync();

        Assert.NotEqual(old[0].Probability, next[0].Probability, 1e-3);
        foreach (var answers in await Task.WhenAll(callers))
        {
            // The old answers, then the new ones.
            var firstNew = answers.FindIndex(answer => Alike(answer, next));
            Assert.True(firstNew > 0);
            Assert.All(answers.Take(firstNew), answer => Assert.True(Alike(answer, old)));
            Assert.All(answers.Skip(firstNew), answer => Assert.True(Alike(answer, next)));
        }

        Assert.Null(service.ReloadFailure);

        // Nothing has changed since.
        loadedAt = service.LoadedAt;
        await service.CheckFilesAsync();
        await service.CheckFilesAsync();
        Assert.Equal(loadedAt, service.LoadedAt);
    }

    [Fact]
    public async Task A_damaged_or_missing_new_one_is_logged_once_and_the_old_one_stays_until_it_is_mended()
    {
        var old = TinyClassifiers.Save(folder.Path, seed: 1, Image).Probabilities;
        await using var service = Service();
        await service.StartAsync(TestContext.Current.CancellationToken);

        var whole = File.ReadAllBytes(folder["model.safetensors"]);
        File.WriteAllBytes(folder["model.safetensors"], whole[..^1]);
        await LookThrice(service);
        Assert.Contains("model.safetensors", service.ReloadFailure, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", Assert.Single(log.Errors), StringComparison.Ordinal);
        Assert.True(Alike(old, (await service.PredictAsync(Image, TestContext.Current.CancellationToken)).Probabilities));
        await Assert.ThrowsAsync<DamagedClassifierException>(() => service.ReloadAsync(TestContext.Current.CancellationToken));

        File.Delete(folder["classifier.json"]);
        await LookThrice(service);
        Assert.Equal(2, log.Errors.Length);
        Assert.Contains("classifier.json", service.ReloadFailure, StringComparison.Ordinal);

        var next = TinyClassifiers.Save(folder.Path, seed: 2, Image, TinyBackbones.Transformer, new LabelMap(["a", "b", "c", "d"])).Probabilities;
        await LookThrice(service);
        Assert.Null(service.ReloadFailure);
        Assert.True(Alike(next, (await service.PredictAsync(Image, TestContext.Current.CancellationToken)).Probabilities));
        Assert.Equal(["a", "b", "c", "d"], service.Labels.Names);
        Assert.Contains("other classes", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_still_being_written_are_left_alone()
    {
        var loads = 0;
        var written = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.WriteAllText(folder["a"], "1");
        File.SetLastWriteTimeUtc(folder["a"], written);
        await using var service = new ClassifierService(new PredictorSource([folder["a"], folder["b"]], () =>
        {
            loads++;
            return new FakePredictor(loads);
        }), new ServingOptions { ReloadOnChange = false });
        await service.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 5; i++)
        {
            File.AppendAllText(folder["b"], "more");
            await service.CheckFilesAsync();
        }

        Assert.Equal(1, loads);
        await service.CheckFilesAsync();
        Assert.Equal(2, loads);

        // A change back to what is served is none.
        File.SetLastWriteTimeUtc(folder["a"], written.AddHours(1));
        await service.CheckFilesAsync();
        File.SetLastWriteTimeUtc(folder["a"], written);
        await LookThrice(service);
        Assert.Equal(2, loads);
        await service.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, loads);
    }

    [Fact]
    public async Task Files_that_change_while_they_are_read_are_read_again_before_they_are_served()
    {
        var loads = 0;
        var discarded = new FakePredictor(2);
        File.WriteAllText(folder["a"], "1");
        await using var service = new ClassifierService(new PredictorSource([folder["a"]], () =>
        {
            loads++;
            if (loads == 2)
            {
                File.AppendAllText(folder["a"], "3");
                return discarded;
            }

            return new FakePredictor(loads);
        }), new ServingOptions { ReloadOnChange = false });
        await service.StartAsync(TestContext.Current.CancellationToken);
        File.AppendAllText(folder["a"], "2");
        await LookThrice(service);
        await LookThrice(service);
        Assert.Equal(3, loads);
        Assert.True(discarded.IsDisposed);
        Assert.Equal("v3", (await service.PredictAsync(new FakePredictor.Pixel("x", 1), TestContext.Current.CancellationToken)).Probabilities[1].Label);
    }

    [Fact]
    public async Task The_old_one_answers_what_was_prepared_for_it_and_is_then_disposed()
    {
        FakePredictor[] versions = [new(1), new(2)];
        var loads = 0;
        await using var service = new ClassifierService(new PredictorSource([], () => versions[loads++]), new ServingOptions { MaxBatchSize = 4, MaxDelay = TimeSpan.Zero });
        await service.StartAsync(TestContext.Current.CancellationToken);
        versions[0].Gate.Reset();
        var calls = new List<Task<Prediction>> { service.PredictAsync(new FakePredictor.Pixel("computing", 1), TestContext.Current.CancellationToken) };
        await Eventually.True(() => versions[0].Batches.Count == 1);
        calls.Add(service.PredictAsync(new FakePredictor.Pixel("prepared", 2), TestContext.Current.CancellationToken));
        await Eventually.True(() => versions[0].PreparedCount == 2);

        await service.ReloadAsync(TestContext.Current.CancellationToken);
        calls.Add(service.PredictAsync(new FakePredictor.Pixel("for the new one", 3), TestContext.Current.CancellationToken));
        await Eventually.True(() => versions[1].PreparedCount == 1);
        Assert.False(versions[0].IsDisposed);

        versions[0].Gate.Set();
        var predictions = await Task.WhenAll(calls);
        Assert.Equal(["v1", "v1", "v2"], predictions.Select(prediction => prediction.Probabilities[1].Label));
        await Eventually.True(() => versions[0].IsDisposed);
        Assert.False(versions[1].IsDisposed);
        await service.DisposeAsync();
        Assert.True(versions[1].IsDisposed);
    }

    [Fact]
    public async Task A_link_that_is_turned_to_another_folder_is_a_change_and_is_noticed_by_polling()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links needs a privilege there.");
        TinyClassifiers.Save(folder["v1"], seed: 1, Image);
        var next = TinyClassifiers.Save(folder["v2"], seed: 2, Image).Probabilities;
        Directory.CreateSymbolicLink(folder["current"], folder["v1"]);
        await using var service = Service(folder["current"], new ServingOptions { PollInterval = TimeSpan.FromMilliseconds(10) });
        await service.StartAsync(TestContext.Current.CancellationToken);
        var loadedAt = service.LoadedAt;

        Directory.Delete(folder["current"]);
        Directory.CreateSymbolicLink(folder["current"], folder["v2"]);

        await Eventually.True(() => service.LoadedAt != loadedAt);
        Assert.True(Alike(next, (await service.PredictAsync(Image, TestContext.Current.CancellationToken)).Probabilities));
    }

    private static async Task LookThrice(ClassifierService service)
    {
        for (var i = 0; i < 3; i++)
        {
            await service.CheckFilesAsync();
        }
    }

    private static bool Alike(IReadOnlyList<LabelProbability> one, IReadOnlyList<LabelProbability> other) =>
        one.Zip(other).All(pair => Math.Abs(pair.First.Probability - pair.Second.Probability) < 1e-5);

    private ClassifierService Service(string? path = null, ServingOptions? options = null)
    {
        var from = path ?? folder.Path;
        return new ClassifierService(
            new PredictorSource(ImageClassifier.FilesOf(from), () => ImageClassifier.Load(from, TrainingDevice.Cpu, TinyBackbones.Registry())),
            options ?? new ServingOptions { ReloadOnChange = false },
            log);
    }

    private sealed class RecordedLog : ILogger<ClassifierService>
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Message)> lines = new();

        public string[] Errors => Of(LogLevel.Error);

        public string[] Warnings => Of(LogLevel.Warning);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((logLevel, formatter(state, exception)));

        private string[] Of(LogLevel level) => [.. lines.Where(line => line.Level == level).Select(line => line.Message)];
    }
}
