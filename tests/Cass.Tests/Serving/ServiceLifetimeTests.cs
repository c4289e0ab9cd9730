using System.Diagnostics;
using System.Diagnostics.Metrics;
using Cass.Models;
using Cass.Onnx;
using Cass.Serving;
using Cass.Tests.Data;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Cass.Tests.Serving;

/// <summary>Services from their start to their end, by hand and by a host, and what is left of them.</summary>
public sealed class ServiceLifetimeTests : IDisposable
{
    private static readonly TinyImage Image = new(1, 7);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Stopping_answers_what_was_accepted_and_disposes_the_classifier()
    {
        var predictor = new FakePredictor();
        await using var service = new ClassifierService(new PredictorSource([], () => predictor));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Send(service, 1));
        Assert.False(service.IsReady);
        await service.StartAsync(TestContext.Current.CancellationToken);
        await service.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(service.IsReady);
        predictor.Gate.Reset();
        var calls = Enumerable.Range(0, 30).Select(i => Send(service, i)).ToArray();

        var stopped = service.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Send(service, 1));
        Assert.False(stopped.IsCompleted);
        predictor.Gate.Set();
        await stopped;

        Assert.Equal(30, (await Task.WhenAll(calls)).Length);
        Assert.True(predictor.IsDisposed);
        Assert.False(service.IsReady);
        await service.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => service.StartAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => service.ReloadAsync(TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => service.Labels);
    }

    [Fact]
    public async Task Disposing_finishes_what_is_computed_and_ends_what_waits()
    {
        var predictor = new FakePredictor();
        var service = new ClassifierService(new PredictorSource([], () => predictor));
        await service.StartAsync(TestContext.Current.CancellationToken);
        predictor.Gate.Reset();
        var computed = Send(service, 1);
        await Eventually.True(() => predictor.Batches.Count == 1);
        var waiting = Enumerable.Range(0, 5).Select(i => Send(service, i)).ToArray();
        using var source = new CancellationTokenSource();
        using var endless = new AsyncOnlyStream(new byte[1], isEndless: true, chunk: 1);
        var reading = service.PredictAsync(endless, cancellationToken: source.Token);

        var disposed = service.DisposeAsync().AsTask();
        Assert.False(disposed.IsCompleted);
        predictor.Gate.Set();
        await disposed;
        await computed;
        foreach (var call in waiting)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => call);
        }

        Assert.True(predictor.IsDisposed);
        Assert.False(reading.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        new ClassifierService(new PredictorSource([], () => predictor)).Dispose();
    }

    [Fact]
    public async Task A_classifier_that_is_missing_cannot_be_read_or_cannot_predict_ends_the_start_in_one_line_and_it_may_be_tried_again()
    {
        await using var service = new ClassifierService(new PredictorSource(ImageClassifier.FilesOf(folder.Path), () => ImageClassifier.Load(folder.Path, TrainingDevice.Cpu, TinyBackbones.Registry())));
        Assert.Contains("classifier.json", (await Assert.ThrowsAsync<DamagedClassifierException>(() => service.StartAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
        Assert.False(service.IsReady);
        TinyClassifiers.Save(folder.Path, 1, Image);
        await service.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(4, (await service.PredictAsync(Image, TestContext.Current.CancellationToken)).Probabilities.Count);

        await using var broken = new ClassifierService(new PredictorSource([], () => throw new IOException("the disk is gone")), name: "mri");
        Assert.Equal("The classifier 'mri' cannot be read: the disk is gone", (await Assert.ThrowsAsync<CassInputException>(() => broken.StartAsync(TestContext.Current.CancellationToken))).Message);
        var unusable = new FakePredictor();
        unusable.Dispose();
        await using var dead = new ClassifierService(new PredictorSource([], () => new Unusable()), name: "mri");
        Assert.Equal("The classifier 'mri' was read, but cannot predict: no kernel", (await Assert.ThrowsAsync<CassException>(() => dead.StartAsync(TestContext.Current.CancellationToken))).Message);
    }

    [Fact]
    public async Task A_host_serves_one_classifier_and_others_by_name_ensembles_and_ONNX_models()
    {
        var cnn = TinyClassifiers.Save(folder["cnn"], 1, Image).Probabilities;
        var transformer = TinyClassifiers.Save(folder["vit"], 2, Image, TinyBackbones.Transformer).Probabilities;
        using (var classifier = ImageClassifier.Load(folder["cnn"], TrainingDevice.Cpu, TinyBackbones.Registry()))
        {
            OnnxExport.Save(classifier, folder["model.onnx"]);
        }

        var prepared = 0;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(TinyBackbones.Registry());
        builder.Services
            .AddCassClassifier(folder["cnn"], options => options.MaxBatchSize = 4, device: TrainingDevice.Cpu)
            .AddKeyedCassClassifier("vit", folder["vit"], device: TrainingDevice.Cpu)
            .AddKeyedCassEnsemble("both", [folder["cnn"], folder["vit"]], prepare: _ => prepared++, device: TrainingDevice.Cpu)
            .AddKeyedCassOnnxClassifier("onnx", folder["model.onnx"], prepare: classifier => classifier.Decoding = classifier.Decoding with { MaxPixels = 5000 });
        Assert.Contains("'vit' is registered already", Assert.Throws<ArgumentException>(() => builder.Services.AddKeyedCassClassifier("vit", folder["cnn"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => builder.Services.AddCassEnsemble([folder["cnn"]]));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        var services = (string?[])[null, "vit", "both", "onnx"];
        var found = new List<IReadOnlyList<LabelProbability>>();
        foreach (var name in services)
        {
            var service = name is null ? host.Services.GetRequiredService<ClassifierService>() : host.Services.GetRequiredKeyedService<ClassifierService>(name);
            Assert.Equal(name ?? "default", service.Name);
            found.Add((await service.PredictAsync(Image, TestContext.Current.CancellationToken)).Probabilities);
        }

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(cnn[i].Probability, found[0][i].Probability);
            Assert.Equal(transformer[i].Probability, found[1][i].Probability);
            Assert.Equal((cnn[i].Probability + transformer[i].Probability) / 2, found[2][i].Probability, 1e-6);
            Assert.Equal(cnn[i].Probability, found[3][i].Probability, 1e-5);
        }

        Assert.Equal(2, prepared);
        var tooLarge = TestImages.Encode(TestImages.Pattern(100, 51));
        await Assert.ThrowsAsync<Cass.Data.UnreadableImageException>(() => host.Services.GetRequiredKeyedService<ClassifierService>("onnx").PredictAsync(tooLarge, "large", TestContext.Current.CancellationToken));
        await host.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => host.Services.GetRequiredService<ClassifierService>().PredictAsync(Image));
    }

    [Fact]
    public async Task A_host_does_not_start_with_a_missing_classifier_or_an_option_outside_its_range()
    {
        var missing = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        missing.Services.AddCassClassifier(folder["absent"], device: TrainingDevice.Cpu);
        using (var host = missing.Build())
        {
            var error = await Assert.ThrowsAsync<DamagedClassifierException>(() => host.StartAsync(TestContext.Current.CancellationToken));
            Assert.Equal($"The folder '{folder["absent"]}' does not exist. Give the folder that ImageClassifier.Save wrote.", error.Message);
        }

        TinyClassifiers.Save(folder["cnn"], 1, Image);
        var invalid = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        invalid.Services.AddSingleton(TinyBackbones.Registry());
        invalid.Services.AddCassClassifier(folder["cnn"], options => options.MaxBatchSize = 5000, device: TrainingDevice.Cpu);
        using (var host = invalid.Build())
        {
            Assert.Contains("MaxBatchSize is 5000; it must be at least 1 and at most 4096", (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_image_is_counted_by_its_outcome()
    {
        var counted = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ClassifierService.MeterName && instrument.Name == "cass.serving.predictions")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            lock (counted)
            {
                var (name, outcome) = ("", "");
                foreach (var tag in tags)
                {
                    (name, outcome) = tag.Key == "outcome" ? (name, (string)tag.Value!) : ((string)tag.Value!, outcome);
                }

                if (name == "counted")
                {
                    counted[outcome] = counted.GetValueOrDefault(outcome) + value;
                }
            }
        });
        listener.Start();
        var predictor = new FakePredictor();
        await using var service = new ClassifierService(new PredictorSource([], () => predictor), new ServingOptions { MaxBatchSize = 1, MaxQueue = 3 }, name: "counted");
        await service.StartAsync(TestContext.Current.CancellationToken);
        await Send(service, 1);
        await Assert.ThrowsAsync<Cass.Data.UnreadableImageException>(() => service.PredictAsync(new FakePredictor.Pixel("undecodable", 1)));
        predictor.Gate.Reset();
        using var source = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 3).Select(i => service.PredictAsync(new FakePredictor.Pixel($"image {i}", 1), source.Token)).ToArray();
        await Assert.ThrowsAsync<ServiceOverloadedException>(() => Send(service, 1));
        await source.CancelAsync();
        predictor.Gate.Set();
        await Eventually.True(() => service.Pending == 0);

        await Eventually.True(() =>
        {
            lock (counted)
            {
                return counted.Values.Sum() == 6;
            }
        });
        Assert.Equal([("cancelled", 3L), ("ok", 1L), ("overloaded", 1L), ("refused", 1L)], counted.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)));
        Assert.All(calls, call => Assert.True(call.IsCanceled));
    }

    [Fact]
    public async Task Every_classifier_is_disposed_once_after_many_reloads_and_requests()
    {
        var loaded = new List<FakePredictor>();
        var service = new ClassifierService(new PredictorSource([], () =>
        {
            loaded.Add(new FakePredictor(loaded.Count));
            return loaded[^1];
        }));
        await service.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 200; i++)
        {
            var calls = Enumerable.Range(0, 20).Select(level => Send(service, level)).ToArray();
            await service.ReloadAsync(TestContext.Current.CancellationToken);
            Assert.All(await Task.WhenAll(calls), (prediction, level) => Assert.Equal(level / 255.0, prediction.Probabilities[0].Probability));
        }

        Assert.Equal(201, loaded.Count);
        await Eventually.True(() => loaded.Count(predictor => predictor.IsDisposed) == 200);
        Assert.False(loaded[^1].IsDisposed);
        Assert.Equal(0, service.Pending);
        await service.DisposeAsync();
        Assert.True(loaded[^1].IsDisposed);
    }

    [Fact]
    public async Task Weights_that_are_served_no_longer_are_given_back_to_the_system()
    {
        using (var network = BackboneRegistry.Default.Create("resnet18", new BackboneOptions { NumClasses = 4 }))
        {
            network.eval();
            using var classifier = new ImageClassifier(network, TinyImage.Labels, 32, 32, new Cass.Data.ChannelStatistics([0.4, 0.4, 0.4], [0.3, 0.3, 0.3]), Cass.Metrics.DecisionThresholds.Uniform(0.5));
            classifier.Save(folder.Path);
        }

        var weights = new FileInfo(folder["model.safetensors"]).Length;
        await using var service = new ClassifierService(new PredictorSource([], () => ImageClassifier.Load(folder.Path, TrainingDevice.Cpu)));
        await service.StartAsync(TestContext.Current.CancellationToken);
        await ReloadAsync(service, times: 1);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        var before = Resident();

        await ReloadAsync(service, times: 3);

        // Each reload that left its weights behind would be one of three.
        await Eventually.True(() => Resident() - before < 2 * weights);

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var self = Process.GetCurrentProcess();
            return self.WorkingSet64;
        }
    }

    /// <summary>Reloads with requests under way.</summary>
    private static async Task ReloadAsync(ClassifierService service, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var calls = Enumerable.Range(0, 16).Select(seed => service.PredictAsync(new TinyImage(seed % 4, seed))).ToArray();
            await service.ReloadAsync(TestContext.Current.CancellationToken);
            await Task.WhenAll(calls);
        }
    }

    private static Task<Prediction> Send(ClassifierService service, int level) => service.PredictAsync(new FakePredictor.Pixel($"level {level}", (byte)level), TestContext.Current.CancellationToken);

    private sealed class Unusable : IImagePredictor
    {
        public LabelMap Labels { get; } = new(["a"]);

        public IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images) => throw new NotSupportedException("no kernel");
    }
}
