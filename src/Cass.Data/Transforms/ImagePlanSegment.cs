using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>
/// A part of an <see cref="ImagePlan"/>: one composed geometric change, then the changes of pixel values in order, then a tensor transform where
/// one ends it.
/// </summary>
internal sealed class ImagePlanSegment(int height, int width)
{
    private double[] matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

    /// <summary>Height of the image at this point.</summary>
    public int Height { get; private set; } = height;

    /// <summary>Width of the image at this point.</summary>
    public int Width { get; private set; } = width;

    /// <summary>Maps positions of the result to positions of the source: a 3×3 homography, row by row.</summary>
    public IReadOnlyList<double> Matrix => matrix;

    /// <summary>The changes of pixel values, in order.</summary>
    public List<PixelStep> Steps { get; } = [];

    /// <summary>The tensor transform that comes last, and what it drew; null where none does.</summary>
    public (ITensorTransform Step, Func<Tensor, Tensor> Change)? End { get; set; }

    /// <summary>Adds a geometric change that maps positions of its result to positions of what was there before.</summary>
    public void Warp(ReadOnlySpan<double> change, int height, int width)
    {
        var product = new double[9];
        for (var i = 0; i < 3; i++)
        {
            for (var j = 0; j < 3; j++)
            {
                product[(3 * i) + j] = (matrix[3 * i] * change[j]) + (matrix[(3 * i) + 1] * change[3 + j]) + (matrix[(3 * i) + 2] * change[6 + j]);
            }
        }

        matrix = product;
        (Height, Width) = (height, width);
    }
}
