using System.Reflection;
using System.Text.RegularExpressions;
using Cass.Tests.Models;
using Cass.Tests.Order;
using Cass.Tests.Packaging;
using Cass.Training;
using GenericHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The samples that are one program each, whole and on few images. They run in this process, which costs no start of libtorch.</summary>
public sealed partial class SmallSamplesTests
{
    [Theory]
    [InlineData("OwnBackbone", @"^P\d{3} slice \d: (bar|healthy|ring|spot) \(")]
    [InlineData("OwnImageSource", @"^PAT-\d{3}: nodule with a probability of \d+ %; truth: (clear|nodule)$")]
    [InlineData("MultiLabel", @"^AUROC, mean over the labels: \d\.\d{3}$")]
    [InlineData("FewLabels", @"^ +\d+  \d\.\d{3} \[")]
    [InlineData("CrossValidation", @"^[\d.]+, trained on all \d+: accuracy \d\.\d{3} \[")]
    [InlineData("FSharpTraining", @"^P\d{3} slice \d: (bar|healthy|ring|spot) \(")]
    public void It_runs_to_its_end_and_prints_what_its_page_shows(string sample, string line)
    {
        var (exitCode, output, error) = Run(() => (int)Assembly.Load(sample).EntryPoint!.Invoke(null, [new[] { "--quick" }])!);

        // Of so few images the trainer warns.
        Assert.Equal(0, exitCode);
        Assert.All(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), warning => Assert.StartsWith("CASS warning", warning, StringComparison.Ordinal));
        Assert.Matches(new Regex(line, RegexOptions.Multiline, TimeSpan.FromSeconds(1)), output);
    }

    // With whole networks, which take the time of all other samples together.
    [Fact]
    [Trait("Category", LongTests.Category)]
    public void The_pipeline_of_mlnet_runs_to_its_end()
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to run the sample of ML.NET.");
        var (exitCode, output, _) = Run(() => (int)Assembly.Load("MLNet").EntryPoint!.Invoke(null, [new[] { "--quick" }])!);
        Assert.Equal(0, exitCode);
        Assert.Matches(new Regex(@"^SdcaMaximumEntropy on embeddings: accuracy \d\.\d{3}$", RegexOptions.Multiline, TimeSpan.FromSeconds(1)), output);
    }

    [Theory]
    [InlineData("OwnBackbone")]
    [InlineData("MultiLabel")]
    [InlineData("FewLabels")]
    [InlineData("CrossValidation")]
    [InlineData("MLNet")]
    [InlineData("FSharpTraining")]
    public void Images_that_are_not_there_are_one_line(string sample)
    {
        var (exitCode, output, error) = Run(() => (int)Assembly.Load(sample).EntryPoint!.Invoke(null, [new[] { "absent" }])!);

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains("absent", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hand_written_loop_runs_to_its_end_and_its_steps_leave_no_tensor_behind()
    {
        var (exitCode, output, error) = Run(() => (int)Assembly.Load("HandWrittenLoop").EntryPoint!.Invoke(null, [new[] { "--quick" }])!);
        var alive = AliveTensors().Match(output);
        Assert.Equal((0, string.Empty), (exitCode, error));
        Assert.EndsWith("are found by one network among all that the other has seen", output.TrimEnd(), StringComparison.Ordinal);

        // Fewer where the garbage collector has found some that other tests have left.
        Assert.InRange(long.Parse(alive.Groups["last"].ValueSpan), 0, long.Parse(alive.Groups["first"].ValueSpan));
    }

    [Fact]
    public async Task A_host_that_is_stopped_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        string[] settings =
        [
            "--Data:PhantomPatients=16", $"--Data:Classifier={folder["classifier"]}", $"--Cass:Checkpoints:Folder={folder["checkpoints"]}", $"--Cass:RecordFolder={folder["record"]}",
            $"--Cass:Cnn:Name={TinyBackbones.ResNet}", $"--Cass:Transformer:Name={TinyBackbones.Transformer}", "--Cass:Images:Height=32", "--Cass:Device=cpu",
            "--Cass:Pretraining:Epochs=3", "--Cass:FineTuning:Epochs=1",
        ];
        var first = new HostLog("Pretraining epoch 1/3");
        var second = new HostLog(stopAfter: null);

        Assert.Equal(130, await TrainingHost.RunAsync(settings, first.AddTo));
        Assert.False(Directory.Exists(folder["classifier"]));
        Assert.Equal(0, await TrainingHost.RunAsync(settings, second.AddTo));

        Assert.Contains("Stopped. The next start goes on from here.", first.Lines);
        Assert.Contains(second.Lines, line => line.StartsWith("Going on from", StringComparison.Ordinal));
        Assert.DoesNotContain(second.Lines, line => line.Contains("Pretraining epoch 1/3", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(folder["classifier"], "model.safetensors")));
    }

    [Theory]
    [InlineData("--Cass:Pretraining:Epochs=0", "Epochs")]
    [InlineData("--Cass:Pretraining:Epoch=3", "Epoch is not a setting")]
    [InlineData("--Data:TestFraction=0.9", "TestFraction")]
    [InlineData("--Data:Fraction=0.1", "Fraction")]
    public async Task A_host_with_a_wrong_setting_does_not_start(string setting, string named)
    {
        using var error = new StringWriter();
        var usual = Console.Error;
        Console.SetError(error);
        try
        {
            Assert.Equal(2, await TrainingHost.RunAsync(["--Data:Classifier=classifier", setting], new HostLog(stopAfter: null).AddTo));
        }
        finally
        {
            Console.SetError(usual);
        }

        Assert.Contains(named, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_settings_that_the_host_comes_with_are_valid()
    {
        var settings = new ConfigurationBuilder().AddJsonFile(Path.Combine(PackedPackages.RepositoryRoot, "samples", "GenericHost", "appsettings.json")).Build();
        using var provider = new ServiceCollection().AddCass(settings.GetSection("Cass")).BuildServiceProvider();

        var options = provider.GetRequiredService<IOptions<CassOptions>>().Value;

        Assert.Equal(("resnet18", 64, "runs/generic-host/checkpoints"), (options.Cnn.Name, options.Images.Height, options.Checkpoints.Folder));
    }

    private static (int ExitCode, string Output, string Error) Run(Func<int> program)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var usual = (Console.Out, Console.Error);
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return (program(), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(usual.Out);
            Console.SetError(usual.Error);
        }
    }

    [GeneratedRegex(@"alive after the first step: (?<first>\d+), after the last: (?<last>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AliveTensors();

    /// <summary>Keeps what a host logs, and stops it as Ctrl+C does once a line comes up.</summary>
    private sealed class HostLog(string? stopAfter)
    {
        private readonly List<string> lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (lines)
                {
                    return [.. lines];
                }
            }
        }

        public void AddTo(IServiceCollection services)
        {
            services.AddSingleton(TinyBackbones.Registry()).AddLogging(logging => logging.ClearProviders());
            services.AddSingleton<ILoggerProvider>(provider => new Provider(this, provider));
        }

        private void Add(string line, IServiceProvider provider)
        {
            lock (lines)
            {
                lines.Add(line);
            }

            if (stopAfter is not null && line.Contains(stopAfter, StringComparison.Ordinal))
            {
                provider.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            }
        }

        private sealed class Provider(HostLog log, IServiceProvider services) : ILoggerProvider, ILogger
        {
            public ILogger CreateLogger(string categoryName) => this;

            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    log.Add(formatter(state, exception), services);
                }
            }

            public void Dispose()
            {
            }
        }
    }
}
