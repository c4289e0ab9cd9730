using System.Collections;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>Several metrics that see the same batches; it owns them.</summary>
/// <example><code>
/// using var metrics = new MetricCollection(new MultiLabelF1(), new Auroc(), new CalibrationError());
/// metrics.Update(probabilities, targets);
/// IReadOnlyDictionary&lt;string, double&gt; figures = metrics.Compute();
/// </code></example>
public sealed class MetricCollection : IReadOnlyList<IMetric>, IDisposable
{
    private readonly IMetric[] metrics;

    /// <summary>Creates the collection.</summary>
    /// <param name="metrics">The metrics, at least one, each with a name of its own; the collection disposes them.</param>
    /// <exception cref="ArgumentException">There is none, or two have the same name.</exception>
    public MetricCollection(params IEnumerable<IMetric> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        this.metrics = [.. metrics];
        if (this.metrics.Length == 0)
        {
            throw new ArgumentException("There are no metrics; give at least one.", nameof(metrics));
        }

        var twice = this.metrics.GroupBy(metric => metric.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new ArgumentException($"{twice.Count()} metrics are called '{twice.Key}'; figures are told apart by name.", nameof(metrics));
        }
    }

    /// <summary>Number of metrics.</summary>
    public int Count => metrics.Length;

    /// <summary>A metric, in the order in which they were given.</summary>
    /// <param name="index">Its position, from 0.</param>
    public IMetric this[int index] => metrics[index];

    /// <summary>Adds a batch to every metric.</summary>
    /// <param name="scores">Float [batch, classes], as the metrics ask.</param>
    /// <param name="targets">[batch, classes] of 0 and 1, on the same device.</param>
    public void Update(Tensor scores, Tensor targets)
    {
        foreach (var metric in metrics)
        {
            metric.Update(scores, targets);
        }
    }

    /// <summary>The figures by the metrics' names.</summary>
    /// <returns>One figure a metric.</returns>
    public IReadOnlyDictionary<string, double> Compute() => metrics.ToDictionary(metric => metric.Name, metric => metric.Compute(), StringComparer.Ordinal);

    /// <summary>Makes every metric forget everything.</summary>
    public void Reset()
    {
        foreach (var metric in metrics)
        {
            metric.Reset();
        }
    }

    /// <inheritdoc/>
    public IEnumerator<IMetric> GetEnumerator() => ((IEnumerable<IMetric>)metrics).GetEnumerator();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var metric in metrics)
        {
            metric.Dispose();
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => metrics.GetEnumerator();
}
