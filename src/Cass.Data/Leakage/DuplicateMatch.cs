namespace Cass.Data;

/// <summary>An image of a part that is known from an earlier part, with the image there that is most like it.</summary>
/// <param name="Index">Position of the image in its part.</param>
/// <param name="Kind">How they are connected.</param>
/// <param name="OtherPart">Name of the earlier part.</param>
/// <param name="OtherIndex">Position of the other image in that part.</param>
/// <param name="Distance">Number of bits, of 64, that their perceptual hashes differ in; 0 for equal images.</param>
public sealed record DuplicateMatch(int Index, LeakageKind Kind, string OtherPart, int OtherIndex, int Distance);
