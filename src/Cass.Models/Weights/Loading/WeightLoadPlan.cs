using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Decides, from names and shapes alone, what a load will do, before anything is changed.</summary>
internal sealed class WeightLoadPlan
{
    private readonly List<(string FileName, Tensor Target)> direct = [];
    private readonly List<(string FileName, Tensor Target, AdaptationStep Step)> adapted = [];

    private WeightLoadPlan(WeightLoadReport report)
    {
        Report = report;
    }

    public WeightLoadReport Report { get; }

    /// <exception cref="WeightMismatchException">The file does not fit the network.</exception>
    public static WeightLoadPlan Make(Backbone backbone, IStateDictFile file, string path, WeightLoadOptions options)
    {
        var layout = backbone as IWeightLayout;
        var state = backbone.state_dict();
        var wanted = state.Keys.ToHashSet(StringComparer.Ordinal);
        var prefix = options.Prefix ?? WeightPrefix.Find(file.Names, wanted, layout);
        var below = WeightPrefix.Below(file.Names, prefix);
        Func<string, string> translate = layout is null ? name => name : layout.Translator(below);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var unexpected = new List<string>();
        foreach (var name in below)
        {
            var translated = translate(name);
            if (!wanted.Contains(translated) || !sources.TryAdd(translated, prefix + name))
            {
                if (!(layout?.IsDerived(translated) ?? false))
                {
                    unexpected.Add(prefix + name);
                }
            }
        }

        List<string> loaded = [], dropped = [], missing = [];
        var adaptations = new List<WeightAdaptation>();
        var mismatches = new List<string>();
        var plan = new WeightLoadPlan(new WeightLoadReport
        {
            Path = path,
            Prefix = prefix,
            Loaded = loaded,
            Adapted = adaptations,
            Dropped = dropped,
            Missing = missing,
            Unexpected = unexpected,
            Outside = file.Names.Count - below.Count,
        });
        foreach (var (name, target) in state)
        {
            if (layout?.IsDerived(name) ?? false)
            {
                continue;
            }

            if (!sources.TryGetValue(name, out var source))
            {
                // Weights of PyTorch before 0.4.1 have no batch counters; nothing is computed from them here.
                if (!name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
                {
                    missing.Add(name);
                }

                continue;
            }

            var from = file.Entry(source).Shape;
            var to = target.shape;
            var step = Step(backbone, layout, name, from, to, options);
            if (step is not null)
            {
                adaptations.Add(new WeightAdaptation(name, from, to, step.Description));
                plan.adapted.Add((source, target, step));
            }
            else if (from.SequenceEqual(to))
            {
                loaded.Add(name);
                plan.direct.Add((source, target));
            }
            else if (IsClassifier(backbone, name))
            {
                dropped.Add(name);
            }
            else
            {
                mismatches.Add($"{name} is [{string.Join(", ", from)}] in the file and [{string.Join(", ", to)}] in the network");
            }
        }

        plan.Require(backbone, options, mismatches);
        return plan;
    }

    public void Apply(IStateDictFile file)
    {
        using var ungraded = no_grad();
        foreach (var (name, target) in direct)
        {
            file.CopyTo(name, target);
        }

        foreach (var (name, target, step) in adapted)
        {
            using var scope = NewDisposeScope();
            var source = file.Read(name);
            var precise = source.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? source.to(ScalarType.Float32) : source;
            target.copy_(step.Apply(precise));
        }
    }

    private static AdaptationStep? Step(Backbone backbone, IWeightLayout? layout, string name, IReadOnlyList<long> from, long[] to, WeightLoadOptions options)
    {
        if (layout?.Adapt(name, from, to, options.PositionGrid) is { } step)
        {
            return step;
        }

        if (from.SequenceEqual(to))
        {
            return null;
        }

        if (from.Where(size => size != 1).SequenceEqual(to.Where(size => size != 1)))
        {
            return new AdaptationStep("reshaped", tensor => tensor.reshape(to));
        }

        if (string.Equals(name, backbone.Configuration.FirstConvolution + ".weight", StringComparison.Ordinal)
            && to.Length == 4 && FirstConvolution.CanAdapt(from, to[1])
            && from[0] == to[0] && from[2] == to[2] && from[3] == to[3])
        {
            return new AdaptationStep($"first convolution adapted from {from[1]} to {to[1]} channels", tensor => FirstConvolution.Adapt(tensor, to[1]));
        }

        return null;
    }

    private static bool IsClassifier(Backbone backbone, string name) =>
        backbone.Configuration.Classifiers.Any(classifier => name.StartsWith(classifier + ".", StringComparison.Ordinal));

    private void Require(Backbone backbone, WeightLoadOptions options, List<string> mismatches)
    {
        if (mismatches.Count > 0)
        {
            throw new WeightMismatchException(
                Report,
                $"'{Report.Path}' does not fit '{backbone.ModelName}': {First(mismatches)}. Load it into the architecture that it was made for.");
        }

        if (options.Strict && !Report.IsExact)
        {
            throw new WeightMismatchException(Report, $"'{Report.Path}' is not exactly '{backbone.ModelName}', and Strict is set: {Report}.");
        }

        var found = direct.Count + adapted.Count;
        if (found < Report.Missing.Count)
        {
            throw new WeightMismatchException(
                Report,
                $"'{Report.Path}' has only {found} of the {found + Report.Missing.Count + Report.Dropped.Count} tensors of '{backbone.ModelName}'"
                + (Report.Unexpected.Count > 0 ? $"; its names are like '{Report.Unexpected[0]}'" : string.Empty)
                + ". Load it into the architecture that it was made for, or set WeightLoadOptions.Prefix to what its names begin with.");
        }
    }

    private static string First(List<string> problems) => string.Join("; ", problems.Take(3)) + (problems.Count > 3 ? $"; and {problems.Count - 3} more" : string.Empty);
}
