using Cass.Metrics;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>The caller's own figures of the validation images.</summary>
internal sealed class ValidationMetrics : IDisposable
{
    /// <summary>The figure that <see cref="BestEpoch.Auroc"/> goes by.</summary>
    public const string Auroc = "AUROC";

    /// <summary>The trainer's own figures of the validation images, which stand beside the caller's.</summary>
    private static readonly string[] Own = ["F1", "Loss", "Accuracy", "Argmax Macro F1"];

    private readonly IMetric[] metrics;

    /// <summary>Makes the metrics.</summary>
    /// <param name="create">Makes one each.</param>
    /// <param name="rule">What epochs are chosen by, which may be a figure that is not among them.</param>
    /// <exception cref="CassInputException">A name is blank, another's, or one of the trainer's own.</exception>
    public ValidationMetrics(IReadOnlyList<Func<IMetric>> create, BestEpoch rule)
    {
        IMetric[] own = [.. create.Select(one => one())];
        metrics = rule == BestEpoch.Auroc && !own.Any(metric => string.Equals(metric?.Name, Auroc, StringComparison.OrdinalIgnoreCase)) ? [.. own, new Auroc()] : own;
        if (Problem() is { } problem)
        {
            Dispose();
            throw new CassInputException($"{nameof(FineTuner)}.{nameof(FineTuner.Metrics)} cannot be used: {problem}.");
        }
    }

    public static IReadOnlyDictionary<string, double> None { get; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Takes the figures of all images at once.</summary>
    /// <param name="probabilities">Float [images, classes].</param>
    /// <param name="targets">[images, classes] of 0 and 1.</param>
    public IReadOnlyDictionary<string, double> Compute(Tensor probabilities, Tensor targets)
    {
        // A metric of the caller's may be called 'auroc'.
        var figures = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        foreach (var metric in metrics)
        {
            metric.Reset();
            metric.Update(probabilities, targets);
            figures[metric.Name] = metric.Compute();
        }

        return figures;
    }

    private string? Problem()
    {
        if (metrics.Contains(null!))
        {
            return "a metric is null";
        }

        string[] names = [.. metrics.Select(metric => metric.Name)];
        return Array.Find(names, name => string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl)) is var unreadable && Array.Exists(names, name => string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
            ? $"a metric is called '{unreadable}'; give it a name of one line"
            : names.CountBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(name => name.Value > 1).Key is { } twice ? $"two metrics are called '{twice}'; give each a name of its own"
            : Array.Find(names, name => Own.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } taken ? $"a metric is called '{taken}', as a figure of every fine-tuning is ({string.Join(", ", Own)}), and records could not tell them apart; give it another name"
            : null;
    }

    public void Dispose()
    {
        foreach (var metric in metrics)
        {
            metric?.Dispose();
        }
    }
}
