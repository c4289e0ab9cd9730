namespace Cass.Metrics;

/// <summary>What a <see cref="CollapseMonitor"/> has found.</summary>
/// <param name="Networks">How each network stands, in the order in which they were first seen.</param>
/// <param name="Alignment">
/// Mean of ‖x̂ − ŷ‖² between the first two networks' embeddings of the same images, which is the loss of CASS; null where
/// there are not two, or they cannot be paired.
/// </param>
public sealed record CollapseReport(IReadOnlyList<NetworkCollapse> Networks, double? Alignment)
{
    /// <summary>The worst of the networks' verdicts.</summary>
    public CollapseVerdict Verdict => Networks.Max(network => network.Verdict);

    /// <summary>The figures by name, such as <c>cnn spread</c>, for logs.</summary>
    /// <returns>Spread, effective rank, uniformity and share of the first component of each network, and the alignment.</returns>
    public IReadOnlyDictionary<string, double> Figures()
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var network in Networks)
        {
            figures[$"{network.Name} spread"] = network.Statistics.Spread;
            figures[$"{network.Name} effective rank"] = network.Statistics.EffectiveRank;
            figures[$"{network.Name} uniformity"] = network.Statistics.Uniformity;
            figures[$"{network.Name} first component"] = network.Statistics.TopComponentShare;
        }

        if (Alignment is { } alignment)
        {
            figures["alignment"] = alignment;
        }

        return figures;
    }

    /// <summary>The verdict in words, with each network's reason; one line.</summary>
    /// <returns>Such as <c>collapsed: cnn spread 0.0005 …</c>.</returns>
    public override string ToString() => $"{Word(Verdict)}: {string.Join("; ", Networks.Select(network => $"{network.Name} {network.Reason}"))}";

    internal static string Word(CollapseVerdict verdict) => verdict switch
    {
        CollapseVerdict.Healthy => "healthy",
        CollapseVerdict.Collapsing => "collapsing",
        _ => "collapsed",
    };
}
