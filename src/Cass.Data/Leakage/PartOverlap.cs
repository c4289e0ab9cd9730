using System.Globalization;

namespace Cass.Data;

/// <summary>How many images of a part are known from an earlier part, each counted once, under its strongest connection.</summary>
/// <param name="Part">The part that is counted, such as the test images.</param>
/// <param name="Images">Number of its images.</param>
/// <param name="Other">The earlier part, such as the training images.</param>
/// <param name="SameBytes">Images that equal one of the earlier part byte for byte.</param>
/// <param name="SamePixels">Further images that equal one pixel for pixel.</param>
/// <param name="NearDuplicates">Further images that look like one.</param>
/// <param name="MaxDistance">Largest number of differing bits of images that look alike; null where looks were not compared.</param>
public sealed record PartOverlap(string Part, int Images, string Other, int SameBytes, int SamePixels, int NearDuplicates, int? MaxDistance)
{
    /// <summary>Images of the part that equal or resemble one of the earlier part.</summary>
    public int Total => SameBytes + SamePixels + NearDuplicates;

    /// <summary>The counts as a sentence.</summary>
    /// <returns>Such as <c>216 of the 1,311 test images equal a training image byte for byte.</c></returns>
    public override string ToString()
    {
        var other = $"{("aeiou".Contains(char.ToLowerInvariant(Other[0]), StringComparison.Ordinal) ? "an" : "a")} {Other} image";
        var counts = new List<string>();
        Add(SameBytes, "equals", "equal", "byte for byte");
        Add(SamePixels, "equals", "equal", "pixel for pixel");
        Add(NearDuplicates, "looks like", "look like", $"(at most {MaxDistance} of the 64 bits of their perceptual hashes differ)");
        return counts.Count == 0
            ? Invariant($"None of the {Images:N0} {Part} images {(MaxDistance is null ? "equals" : "equals or looks like")} {other}.")
            : (counts.Count > 1 ? $"{string.Join(", ", counts[..^1])} and {counts[^1]}" : counts[0]) + ".";

        void Add(int count, string one, string several, string how)
        {
            if (count > 0)
            {
                counts.Add(counts.Count == 0
                    ? Invariant($"{count:N0} of the {Images:N0} {Part} images {(count == 1 ? one : several)} {other} {how}")
                    : Invariant($"{count:N0} more {(count == 1 ? one : several)} one {how}"));
            }
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
