using Cass.Data;
using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>An operation as it was drawn for an image.</summary>
/// <param name="Range">The operation and its magnitudes.</param>
/// <param name="Bin">Which magnitude.</param>
/// <param name="IsNegative">Whether it is turned round.</param>
internal sealed record DrawnOperation(AugmentationRange Range, int Bin, bool IsNegative)
{
    /// <summary>Applies operations one after the other.</summary>
    /// <param name="operations">The operations.</param>
    /// <param name="image">uint8 [3, height, width].</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    public static Tensor Apply(IEnumerable<DrawnOperation> operations, Tensor image, Interpolation interpolation) =>
        operations.Aggregate(image, (current, operation) => operation.Apply(current, interpolation));

    private Tensor Apply(Tensor image, Interpolation interpolation)
    {
        var magnitude = Range.Magnitude?.Invoke(Bin, (image.size(1), image.size(2))) ?? 0;
        return AugmentationOperations.Apply(image, Range.Operation, IsNegative ? -magnitude : magnitude, interpolation);
    }
}
