using System.Globalization;

namespace Cass.Data;

/// <summary>How many images of a part are there more than once.</summary>
/// <param name="Part">The part.</param>
/// <param name="Images">Number of its images.</param>
/// <param name="Copies">Images that equal one before them in the part, byte for byte or pixel for pixel.</param>
/// <param name="Groups">Different images that these are copies of.</param>
public sealed record PartCopies(string Part, int Images, int Copies, int Groups)
{
    /// <summary>The counts as a sentence.</summary>
    /// <returns>Such as <c>207 of the 5,708 training images are copies of others.</c></returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Copies == 0 ? "None" : $"{Copies:N0}")} of the {Images:N0} {Part} images {(Copies < 2 ? "is a copy of another" : "are copies of others")}.");
}
