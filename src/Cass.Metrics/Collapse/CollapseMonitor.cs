using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// Watches the embeddings of one or several networks during training and says plainly whether they collapse: whether
/// the networks have agreed on giving every image the same output, which a falling loss does not show.
/// </summary>
/// <remarks>
/// <para>It keeps each network's latest embeddings on their device. Adding a batch copies it, which the host does not
/// wait for; only <see cref="Measure"/> does. A measurement of the default 512 embeddings takes a fraction of a second,
/// so once an epoch is cheap.</para>
/// <para>Not safe for concurrent use.</para>
/// </remarks>
/// <example><code>
/// using var monitor = new CollapseMonitor();
/// foreach (var batch in epoch)
/// {
///     // … a training step, which gives x from the CNN and y from the transformer …
///     monitor.Update("cnn", x);
///     monitor.Update("transformer", y);
/// }
///
/// CollapseReport report = monitor.Measure();
/// if (report.Verdict == CollapseVerdict.Collapsed)
/// {
///     throw new InvalidOperationException(report.ToString());
/// }
/// </code></example>
public sealed class CollapseMonitor : IDisposable
{
    private readonly Dictionary<string, EmbeddingWindow> windows = new(StringComparer.Ordinal);
    private readonly List<string> names = [];

    /// <summary>Creates the monitor.</summary>
    /// <param name="windowSize">How many of each network's latest embeddings are looked at, at least 2. Default 512.</param>
    /// <param name="thresholds">Where verdicts begin; the documented ones where null.</param>
    /// <exception cref="CassInputException">The window is too small or the thresholds are out of order.</exception>
    public CollapseMonitor(int windowSize = 512, CollapseThresholds? thresholds = null)
    {
        if (windowSize < 2)
        {
            throw new CassInputException($"A window of {windowSize} embeddings has no spread; it must hold at least 2.");
        }

        WindowSize = windowSize;
        Thresholds = thresholds ?? new CollapseThresholds();
        Thresholds.Validate();
    }

    /// <summary>How many of each network's latest embeddings are looked at.</summary>
    public int WindowSize { get; }

    /// <summary>Where verdicts begin.</summary>
    public CollapseThresholds Thresholds { get; }

    /// <summary>Whether every network seen so far has given the 2 embeddings that <see cref="Measure"/> needs.</summary>
    public bool CanMeasure => windows.Count > 0 && windows.Values.All(window => window.Count >= 2);

    /// <summary>Adds a batch of embeddings of one network.</summary>
    /// <param name="name">The network, such as <c>cnn</c>.</param>
    /// <param name="embeddings">Float [batch, dimensions] on any device; the monitor keeps a copy, without gradients.</param>
    /// <exception cref="ArgumentException">The embeddings are not that, or have another number of dimensions than before.</exception>
    public void Update(string name, Tensor embeddings)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(embeddings);
        if (!windows.TryGetValue(name, out var window))
        {
            window = new EmbeddingWindow(name, WindowSize);
            window.Add(embeddings);
            windows.Add(name, window);
            names.Add(name);
            return;
        }

        window.Add(embeddings);
    }

    /// <summary>Adds a batch of embeddings of every network.</summary>
    /// <param name="embeddings">Float [batch, dimensions] by network.</param>
    /// <exception cref="ArgumentException">The embeddings are not that, or have another number of dimensions than before.</exception>
    public void Update(IReadOnlyDictionary<string, Tensor> embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        foreach (var (name, values) in embeddings)
        {
            Update(name, values);
        }
    }

    /// <summary>Measures the latest embeddings of every network.</summary>
    /// <returns>The verdict and the numbers.</returns>
    /// <exception cref="InvalidOperationException">A network has given fewer than 2 embeddings; see <see cref="CanMeasure"/>.</exception>
    /// <exception cref="CassInputException">An embedding is NaN or infinite.</exception>
    public CollapseReport Measure()
    {
        if (!CanMeasure)
        {
            throw new InvalidOperationException($"{nameof(CollapseMonitor)}: there are fewer than 2 embeddings of {(names.Count == 0 ? "any network" : string.Join(", ", names.Where(name => windows[name].Count < 2)))}; call {nameof(Update)} first.");
        }

        using var scope = NewDisposeScope();
        return new CollapseReport([.. names.Select(Judge)], Alignment());
    }

    /// <summary>Forgets all embeddings and networks.</summary>
    public void Reset()
    {
        foreach (var window in windows.Values)
        {
            window.Dispose();
        }

        windows.Clear();
        names.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private NetworkCollapse Judge(string name)
    {
        EmbeddingStatistics statistics;
        try
        {
            statistics = EmbeddingStatistics.Of(windows[name].Embeddings());
        }
        catch (CassInputException e)
        {
            throw new CassInputException($"Network '{name}': {e.Message}", e);
        }

        var verdict = Thresholds.Judge(statistics);
        var reason = $"spread {Rounded(statistics.Spread)} (healthy from {Thresholds.HealthySpread}, collapsed below {Thresholds.CollapsedSpread})";
        if (Thresholds.JudgeTopComponent(statistics) != CollapseVerdict.Healthy)
        {
            reason += $", {statistics.TopComponentShare:P1} of the variance along one line (healthy up to {Thresholds.HealthyTopComponentShare:P0})";
        }

        return new NetworkCollapse(name, verdict, $"{reason}, effective rank {Rounded(statistics.EffectiveRank)} of at most {Math.Min(statistics.Samples, statistics.Dimensions)}", statistics);
    }

    private double? Alignment()
    {
        if (names.Count < 2)
        {
            return null;
        }

        var (first, second) = (windows[names[0]], windows[names[1]]);
        return first.Total == second.Total && first.Dimensions == second.Dimensions
            ? EmbeddingStatistics.Alignment(first.Embeddings(), second.Embeddings())
            : null;
    }

    private static string Rounded(double value) => value.ToString("G3");
}
