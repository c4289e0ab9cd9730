using Cass.Data;

namespace Cass.TorchVision;

/// <summary>Checks of the arguments of transforms.</summary>
internal static class TorchVisionArguments
{
    /// <exception cref="CassInputException">The value is out of range.</exception>
    public static T Require<T>(T value, T least, T most, string what)
        where T : IComparable<T>
    {
        // NaN compares as less than every number.
        return value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? value
            : throw new CassInputException($"The {what} is {value}; it must lie between {least} and {most}.");
    }

    /// <exception cref="CassInputException">It is neither the nearest pixel nor bilinear.</exception>
    public static Interpolation Require(Interpolation interpolation) => interpolation is Interpolation.Nearest or Interpolation.Bilinear
        ? interpolation
        : throw new CassInputException($"The interpolation is {interpolation}; it must be {Interpolation.Nearest} or {Interpolation.Bilinear}.");
}
