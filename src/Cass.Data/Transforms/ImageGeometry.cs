using MathNet.Numerics.LinearAlgebra.Double;

namespace Cass.Data;

/// <summary>
/// Geometric changes for fixed parameters, with Pillow's arithmetic; the functions of the same names in torchvision,
/// applied to PIL images. What comes from outside of the image is black. The given image stays as it is.
/// </summary>
public static class ImageGeometry
{
    /// <summary>Mirrors left and right: <c>hflip</c>.</summary>
    /// <param name="image">The image.</param>
    /// <returns>The mirrored image.</returns>
    public static PixelImage FlipHorizontal(PixelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (w, c) = (image.Width, image.Channels);
        var pixels = PixelBuffers.Rent(image.Pixels.Length);
        for (var y = 0; y < image.Height; y++)
        {
            var from = image.Pixels.AsSpan(y * w * c, w * c);
            var to = pixels.AsSpan(y * w * c, w * c);
            if (c == 1)
            {
                from.CopyTo(to);
                to.Reverse();
                continue;
            }

            for (int x = 0, last = (w - 1) * 3; x <= last; x += 3)
            {
                to[last - x] = from[x];
                to[last - x + 1] = from[x + 1];
                to[last - x + 2] = from[x + 2];
            }
        }

        return new PixelImage(w, image.Height, c, pixels);
    }

    /// <summary>Mirrors top and bottom: <c>vflip</c>.</summary>
    /// <param name="image">The image.</param>
    /// <returns>The mirrored image.</returns>
    public static PixelImage FlipVertical(PixelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var row = image.Width * image.Channels;
        var pixels = PixelBuffers.Rent(image.Pixels.Length);
        for (var y = 0; y < image.Height; y++)
        {
            image.Pixels.AsSpan(y * row, row).CopyTo(pixels.AsSpan((image.Height - 1 - y) * row));
        }

        return new PixelImage(image.Width, image.Height, image.Channels, pixels);
    }

    /// <summary>Rotates about the centre, shifts, scales and shears: <c>affine</c>.</summary>
    /// <param name="image">The image.</param>
    /// <param name="angle">Rotation in degrees, clockwise.</param>
    /// <param name="translateX">Shift to the right in pixels.</param>
    /// <param name="translateY">Shift downwards in pixels.</param>
    /// <param name="scale">Magnification, above 0.</param>
    /// <param name="shearX">Shear parallel to the x axis in degrees.</param>
    /// <param name="shearY">Shear parallel to the y axis in degrees.</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    /// <returns>The changed image, of the same size.</returns>
    public static PixelImage Affine(
        PixelImage image,
        double angle,
        double translateX = 0,
        double translateY = 0,
        double scale = 1,
        double shearX = 0,
        double shearY = 0,
        Interpolation interpolation = Interpolation.Nearest)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        Span<double> matrix = stackalloc double[6];
        InverseAffineMatrix(image.Width * 0.5, image.Height * 0.5, angle, translateX, translateY, scale, shearX, shearY, matrix);
        return ImageWarp.Affine(image, matrix, interpolation);
    }

    /// <summary>Moves four points of the image to four others by a homography: <c>perspective</c>.</summary>
    /// <param name="image">The image.</param>
    /// <param name="startPoints">Four points of the image as (x, y), usually its corners.</param>
    /// <param name="endPoints">Where they move to.</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    /// <returns>The changed image, of the same size.</returns>
    /// <exception cref="ArgumentException">There are not four points each, or three of them lie on a line.</exception>
    public static PixelImage Perspective(
        PixelImage image,
        IReadOnlyList<(int X, int Y)> startPoints,
        IReadOnlyList<(int X, int Y)> endPoints,
        Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentNullException.ThrowIfNull(image);
        var coefficients = PerspectiveCoefficients(startPoints, endPoints)
            ?? throw new ArgumentException("Three of the points lie on a line; there is no such perspective change.", nameof(endPoints));
        return ImageWarp.Perspective(image, coefficients, interpolation);
    }

    /// <summary>
    /// The inverse of T(centre + translation) · R(angle) · Shear · S(scale) · T(−centre), which maps positions of the
    /// result to positions of the source.
    /// </summary>
    internal static void InverseAffineMatrix(
        double centerX,
        double centerY,
        double angle,
        double translateX,
        double translateY,
        double scale,
        double shearX,
        double shearY,
        Span<double> matrix)
    {
        var rotation = double.DegreesToRadians(angle);
        var (sx, sy) = (double.DegreesToRadians(shearX), double.DegreesToRadians(shearY));
        var a = Math.Cos(rotation - sy) / Math.Cos(sy);
        var b = (-Math.Cos(rotation - sy) * Math.Tan(sx) / Math.Cos(sy)) - Math.Sin(rotation);
        var c = Math.Sin(rotation - sy) / Math.Cos(sy);
        var d = (-Math.Sin(rotation - sy) * Math.Tan(sx) / Math.Cos(sy)) + Math.Cos(rotation);
        matrix[0] = d / scale;
        matrix[1] = -b / scale;
        matrix[3] = -c / scale;
        matrix[4] = a / scale;
        matrix[2] = (matrix[0] * (-centerX - translateX)) + (matrix[1] * (-centerY - translateY)) + centerX;
        matrix[5] = (matrix[3] * (-centerX - translateX)) + (matrix[4] * (-centerY - translateY)) + centerY;
    }

    /// <summary>
    /// The eight coefficients of x' = (a·x + b·y + c) / (g·x + h·y + 1), y' = (d·x + e·y + f) / (g·x + h·y + 1) that map
    /// every end point to its start point; null where three of the points lie on a line.
    /// </summary>
    internal static double[]? PerspectiveCoefficients(IReadOnlyList<(int X, int Y)> startPoints, IReadOnlyList<(int X, int Y)> endPoints)
    {
        ArgumentNullException.ThrowIfNull(startPoints);
        ArgumentNullException.ThrowIfNull(endPoints);
        if (startPoints.Count != 4 || endPoints.Count != 4)
        {
            throw new ArgumentException($"A perspective change takes four points each, not {startPoints.Count} and {endPoints.Count}.", nameof(startPoints));
        }

        var system = new DenseMatrix(8, 8);
        var values = new DenseVector(8);
        for (var i = 0; i < 4; i++)
        {
            var (x, y) = endPoints[i];
            var (u, v) = startPoints[i];
            system.SetRow(2 * i, [x, y, 1, 0, 0, 0, -u * x, -u * y]);
            system.SetRow((2 * i) + 1, [0, 0, 0, x, y, 1, -v * x, -v * y]);
            values[2 * i] = u;
            values[(2 * i) + 1] = v;
        }

        var solution = system.Solve(values).ToArray();
        return Array.TrueForAll(solution, double.IsFinite) ? solution : null;
    }
}
