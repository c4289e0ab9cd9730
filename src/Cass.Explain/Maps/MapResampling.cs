namespace Cass.Explain;

/// <summary>
/// Changes the size of maps linearly between the centres of places (PyTorch's <c>bilinear</c> with <c>align_corners=False</c>), with
/// the kernel widened to the scale where a map shrinks (<c>antialias=True</c>), so that no place is passed over.
/// </summary>
internal static class MapResampling
{
    public static float[] Resize(float[] values, int height, int width, int newHeight, int newWidth)
    {
        var columns = Kernel(width, newWidth);
        var narrowed = new float[height * newWidth];
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < newWidth; column++)
            {
                var (first, weights) = columns[column];
                narrowed[(row * newWidth) + column] = Weighted(values, (row * width) + first, 1, weights);
            }
        }

        var rows = Kernel(height, newHeight);
        var resized = new float[newHeight * newWidth];
        for (var row = 0; row < newHeight; row++)
        {
            var (first, weights) = rows[row];
            for (var column = 0; column < newWidth; column++)
            {
                resized[(row * newWidth) + column] = Weighted(narrowed, (first * newWidth) + column, newWidth, weights);
            }
        }

        return resized;
    }

    private static float Weighted(float[] values, int first, int stride, double[] weights)
    {
        var sum = 0.0;
        for (var k = 0; k < weights.Length; k++)
        {
            sum += weights[k] * values[first + (k * stride)];
        }

        return (float)sum;
    }

    /// <summary>For each place of the result, the first place that it is made of, and the weights of that and those after it.</summary>
    private static (int First, double[] Weights)[] Kernel(int size, int newSize)
    {
        var scale = (double)size / newSize;
        var reach = Math.Max(1, scale);
        var kernel = new (int First, double[] Weights)[newSize];
        for (var i = 0; i < newSize; i++)
        {
            var center = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(center - reach + 0.5));
            var end = Math.Min(size, (int)(center + reach + 0.5));
            var weights = new double[end - first];
            for (var k = 0; k < weights.Length; k++)
            {
                weights[k] = Math.Max(0, 1 - (Math.Abs(first + k + 0.5 - center) / reach));
            }

            var sum = weights.Sum();
            kernel[i] = (first, Array.ConvertAll(weights, weight => weight / sum));
        }

        return kernel;
    }
}
