namespace Cass.Data;

/// <summary>Two images of different parts that should not be on both sides of a split.</summary>
/// <param name="Kind">How they are connected.</param>
/// <param name="FirstPart">Name of the part that the first image is in.</param>
/// <param name="FirstImage">Name of the first image; a path, for a file.</param>
/// <param name="SecondPart">Name of the part that the second image is in.</param>
/// <param name="SecondImage">Name of the second image.</param>
/// <param name="Distance">Number of bits, of 64, that their perceptual hashes differ in.</param>
public sealed record Leak(LeakageKind Kind, string FirstPart, string FirstImage, string SecondPart, string SecondImage, int Distance);
