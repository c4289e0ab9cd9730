namespace Cass.Models;

/// <summary>What tells one vision transformer from another.</summary>
/// <param name="PatchSize">Side of a square patch in pixels, at least 1.</param>
/// <param name="Width">Length of a token; timm's <c>embed_dim</c>. A multiple of <paramref name="Heads"/>.</param>
/// <param name="Depth">Number of blocks, at least 1.</param>
/// <param name="Heads">Number of attention heads, at least 1.</param>
public sealed record VisionTransformerArchitecture(int PatchSize, int Width, int Depth, int Heads)
{
    /// <summary>True for DeiT's second token and second classifier (Touvron et al. 2021). Default false.</summary>
    public bool Distilled { get; init; }

    /// <summary>Hidden width of the MLP as a multiple of <see cref="Width"/>. Default 4.</summary>
    public double MlpRatio { get; init; } = 4;
}
