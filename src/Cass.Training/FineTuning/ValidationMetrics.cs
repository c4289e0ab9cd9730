using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>The caller's own figures of the validation images.</summary>
internal sealed class ValidationMetrics : IDisposable
{
    private readonly IMetric[] metrics;

    /// <summary>Makes the metrics.</summary>
    /// <param name="create">Makes one each.</param>
    /// <exception cref="CassInputException">Two of them have one name.</exception>
    public ValidationMetrics(IReadOnlyList<Func<IMetric>> create)
    {
        metrics = [.. create.Select(one => one())];
        if (metrics.CountBy(metric => metric.Name, StringComparer.Ordinal).FirstOrDefault(name => name.Value > 1).Key is { } twice)
        {
            Dispose();
            throw new CassInputException($"Two metrics are called '{twice}'; give each a name of its own.");
        }
    }

    public static IReadOnlyDictionary<string, double> None { get; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Takes the figures of all images at once.</summary>
    /// <param name="probabilities">Float [images, classes].</param>
    /// <param name="targets">[images, classes] of 0 and 1.</param>
    public IReadOnlyDictionary<string, double> Compute(Tensor probabilities, Tensor targets)
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var metric in metrics)
        {
            metric.Reset();
            metric.Update(probabilities, targets);
            figures[metric.Name] = metric.Compute();
        }

        return figures;
    }

    public void Dispose()
    {
        foreach (var metric in metrics)
        {
            metric.Dispose();
        }
    }
}
