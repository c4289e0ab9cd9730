namespace Cass.Models;

/// <summary>What tells one ConvNeXt from another.</summary>
/// <param name="Depths">Number of blocks in each of the four stages, each at least 1.</param>
/// <param name="Widths">Channels of each of the four stages.</param>
public sealed record ConvNeXtArchitecture(IReadOnlyList<int> Depths, IReadOnlyList<int> Widths)
{
    /// <summary>True to normalise before pooling instead of after it; timm's <c>hnf</c> networks. Default false.</summary>
    public bool NormalizeBeforePooling { get; init; }

    /// <summary>
    /// True where the MLP's weights have the shape of 1x1 convolutions, false where they have that of linear layers;
    /// the computation is the same. Default true.
    /// </summary>
    public bool ConvolutionalMlp { get; init; } = true;

    /// <summary>
    /// True to normalise by the unbiased variance of the channels wherever timm 0.5.4 does: everywhere but in the stem
    /// and on maps of one pixel. False for the paper's layer norm, as the authors' release and timm from 0.6 have it;
    /// features then differ by about 0.2 % of their deviation. Default true.
    /// </summary>
    public bool UnbiasedNorm { get; init; } = true;
}
