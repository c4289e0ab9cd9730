using System.CommandLine;

namespace Cass.Training.Benchmarks;

/// <summary>Measures this library, plain TorchSharp and PyTorch side by side.</summary>
internal sealed class CompareCommand : Command
{
    private const string Steps = "steps";
    private const string Optimizer = "optimizer";
    private const string Start = "start";
    private const string Epochs = "epochs";

    private readonly WorkloadOptions workload = new();
    private readonly Option<int> rounds = new("--rounds") { Description = "turns that each contender takes", DefaultValueFactory = _ => 5 };
    private readonly Option<string?> python = new("--python") { Description = "an interpreter that has torch and torchvision; else python3 of the path or of the system" };
    private readonly Option<string[]> what = new("--what") { Description = "what is measured; all where it is not given, epochs only with --folder", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> only = new("--only") { Description = "only the networks of --cnn and --transformer, not the larger standard pair" };

    public CompareCommand()
        : base("compare", "Measures this library, plain TorchSharp and PyTorch side by side, and prints a table of medians and ratios.")
    {
        what.AcceptOnlyFromAmong(Steps, Optimizer, Start, Epochs);
        workload.AddTo(this);
        Option[] own = [rounds, python, what, only];
        Array.ForEach(own, Add);
        SetAction(Run);
    }

    private int Run(ParseResult given)
    {
        var asked = workload.Read(given);
        var wanted = given.GetValue(what) is { Length: > 0 } named ? named : [Steps, Optimizer, Start, .. asked.Folder is null ? Array.Empty<string>() : [Epochs]];
        if (wanted.Contains(Epochs, StringComparer.Ordinal))
        {
            RequireEnoughImages(asked);
        }

        if (asked.Precision == NumericPrecision.Float64 && wanted.Contains(Optimizer, StringComparer.Ordinal))
        {
            throw new CassInputException("--what optimizer is measured on float32 weights, which Float32, TensorFloat32 and BFloat16 keep; name what else to measure in Float64.");
        }

        var turns = WorkloadOptions.AtLeast(given, rounds, 1);
        var pair = asked with { Folder = null };
        List<Workload> pairs = given.GetValue(only) ? [pair] : [pair, pair with { Cnn = "resnet50", Transformer = "vit_small_patch16_224", Size = 96 }];
        var comparison = new Comparison(Contenders.For(pairs, given.GetValue(python)), turns);
        comparison.PrintHead();
        foreach (var (i, one) in pairs.Index())
        {
            if (wanted.Contains(Steps, StringComparer.Ordinal))
            {
                comparison.Steps(one, i == 0 ? 10 : 2);
            }

            if (wanted.Contains(Optimizer, StringComparer.Ordinal))
            {
                comparison.Optimizers(one, i == 0 ? 10 : 5);
            }
        }

        if (wanted.Contains(Start, StringComparer.Ordinal))
        {
            comparison.Starts(pair);
        }

        if (wanted.Contains(Epochs, StringComparer.Ordinal))
        {
            comparison.Epochs(asked, 3);
        }

        comparison.PrintFoot(pair.Threads);
        return 0;
    }

    private static void RequireEnoughImages(Workload asked)
    {
        if (asked.Folder is null)
        {
            throw new CassInputException("--what epochs needs --folder, a folder per class of real images.");
        }

        if (asked.Images < asked.Batch)
        {
            throw new CassInputException($"--folder '{asked.Folder}' and --images give {asked.Images} images, fewer than a batch of {asked.Batch}.");
        }
    }
}
