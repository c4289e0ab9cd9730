namespace Cass.Models;

/// <summary>What tells one Swin transformer from another.</summary>
/// <param name="PatchSize">Side of a square patch in pixels, at least 1.</param>
/// <param name="WindowSize">Side of an attention window in patches, at least 1.</param>
/// <param name="Width">Length of a token in the first stage, doubled by each next; timm's <c>embed_dim</c>.</param>
/// <param name="Depths">Number of blocks in each stage.</param>
/// <param name="Heads">Number of attention heads in each stage.</param>
public sealed record SwinTransformerArchitecture(int PatchSize, int WindowSize, int Width, IReadOnlyList<int> Depths, IReadOnlyList<int> Heads);
