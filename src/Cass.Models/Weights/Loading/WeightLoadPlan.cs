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
        var (prefix, rivals) = options.Prefix is { } given ? (given, []) : WeightPrefix.Find(file.Names, wanted, layout);
        var below = WeightPrefix.Below(file.Names, prefix);
        var sources = Sources(below, wanted, layout, out var others);
        List<string> unexpected = [.. others.Select(other => other.FileName)];

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

        plan.RequireFit(backbone, file, options, mismatches);
        if (rivals.FirstOrDefault(other => IsAnother(wanted, file, layout, other, sources)) is { } rival)
        {
            throw new WeightMismatchException(
                plan.Report,
                $"'{path}' has two networks that fit '{backbone.ModelName}', below '{prefix}' and below '{rival}'. Save the state dict of the one that is meant alone{options.Advise(nameof(options.Prefix), name => $", or set {name} to its prefix")}.");
        }

        if (!options.AllowPartial && WeightStructure.Difference(backbone, state, [.. others.Select(other => other.Name)], missing) is var (problem, remedy))
        {
            throw new WeightMismatchException(
                plan.Report,
                $"'{path}' is not a file of '{backbone.ModelName}': {problem} ({plan.Report.WithoutLoading()}). {remedy}{options.Advise(nameof(options.AllowPartial), name => $"; to take what fits, set {name}")}.");
        }

        return plan;
    }

    /// <summary>Loads what was decided on, once all of it is known to be sound.</summary>
    /// <exception cref="WeightFileException">A value is not finite, or a type is not one of TorchSharp's; the network is as it was.</exception>
    public void Apply(IStateDictFile file)
    {
        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        var values = new WeightValues(Report.Path);
        foreach (var (name, target) in direct)
        {
            using var read = file.Read(name);
            values.Check(name, read, target);
        }

        var results = new List<(Tensor Value, Tensor Target)>();
        foreach (var (name, target, step) in adapted)
        {
            using var steps = NewDisposeScope();
            var source = file.Read(name);
            var precise = source.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? source.to(ScalarType.Float32) : source;
            var result = step.Apply(precise);
            values.Check(name, result, target);
            results.Add((result.MoveToOuterDisposeScope(), target));
        }

        values.ThrowIfNotFinite();
        foreach (var (name, target) in direct)
        {
            file.CopyTo(name, target);
        }

        foreach (var (value, target) in results)
        {
            target.copy_(value);
        }
    }

    /// <summary>The file's names by the network's, and the names of what the network does not have: in the file, and as the network would name it.</summary>
    private static Dictionary<string, string> Sources(
        IReadOnlyList<(string FileName, string Name)> below,
        HashSet<string> wanted,
        IWeightLayout? layout,
        out List<(string FileName, string Name)> others)
    {
        var translate = WeightPrefix.Translator(layout, below);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        others = [];
        foreach (var (fileName, name) in below)
        {
            var translated = translate(name);
            if ((!wanted.Contains(translated) || !sources.TryAdd(translated, fileName)) && !(layout?.IsDerived(translated) ?? false))
            {
                others.Add((fileName, translated));
            }
        }

        return sources;
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

    /// <summary>Whether the network below another prefix is a second one: a module that is registered twice is saved twice, with the same values.</summary>
    private static bool IsAnother(HashSet<string> wanted, IStateDictFile file, IWeightLayout? layout, string prefix, Dictionary<string, string> sources)
    {
        var others = Sources(WeightPrefix.Below(file.Names, prefix), wanted, layout, out _);
        return sources.Keys.Intersect(others.Keys, StringComparer.Ordinal).Any(name =>
        {
            if (string.Equals(sources[name], others[name], StringComparison.Ordinal))
            {
                return false;
            }

            using var scope = NewDisposeScope();
            var (one, two) = (file.Read(sources[name]), file.Read(others[name]));
            return one.dtype != two.dtype || !one.shape.SequenceEqual(two.shape) || !one.bytes.SequenceEqual(two.bytes);
        });
    }

    private void RequireFit(Backbone backbone, IStateDictFile file, WeightLoadOptions options, List<string> mismatches)
    {
        if (mismatches.Count > 0)
        {
            throw new WeightMismatchException(
                Report,
                $"'{Report.Path}' does not fit '{backbone.ModelName}': {First(mismatches)}. Load it into the architecture that it was made for.");
        }

        if (options.Strict && !Report.IsExact)
        {
            throw new WeightMismatchException(Report, $"'{Report.Path}' is not exactly '{backbone.ModelName}', and Strict is set: {Report.WithoutLoading()}.");
        }

        var found = direct.Count + adapted.Count;
        if (found < Report.Missing.Count)
        {
            var names = Report.Unexpected.Count > 0 ? Report.Unexpected : file.Names;
            throw new WeightMismatchException(
                Report,
                $"'{Report.Path}' has only {found} of the {found + Report.Missing.Count + Report.Dropped.Count} tensors of '{backbone.ModelName}'"
                + (names.Count > 0 ? $"; its names are like '{names[0]}', the network's like '{Report.Missing[0]}'" : string.Empty)
                + (options.Prefix is { Length: > 0 } prefix && Report.Outside == file.Names.Count
                    ? $". None begins with the Prefix '{prefix}'; leave it out, or set it to what they begin with."
                    : ". Load it into the architecture that it was made for, or rename its tensors."));
        }
    }

    private static string First(List<string> problems) => string.Join("; ", problems.Take(3)) + (problems.Count > 3 ? $"; and {problems.Count - 3} more" : string.Empty);
}
