using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>Resamples each image of a batch by its own homography, bilinear; what comes from outside is black.</summary>
internal static class BatchWarp
{
    /// <param name="images">Float [batch, channels, height, width].</param>
    /// <param name="plans">One for each image; all of one result size.</param>
    /// <returns>Float [batch, channels, height, width] of the result size.</returns>
    public static Tensor Apply(Tensor images, IReadOnlyList<ImagePlanSegment> plans)
    {
        using var scope = NewDisposeScope();
        var (batch, device) = (images.shape[0], images.device);
        var (sourceHeight, sourceWidth) = (images.shape[2], images.shape[3]);
        var (height, width) = (plans[0].Height, plans[0].Width);

        // In double precision, as a position of 384 pixels in single precision is off by 1/65536 pixel.
        var x = Centers(width, device).view(1, width).expand(height, width);
        var y = Centers(height, device).view(height, 1).expand(height, width);
        var positions = stack([x, y, ones_like(x)], dim: -1).view(1, height * width, 3).expand(batch, height * width, 3);
        var matrices = tensor(plans.SelectMany(p => p.Matrix).ToArray(), [batch, 3, 3]).to(device);
        var mapped = positions.matmul(matrices.transpose(1, 2));
        var u = mapped.narrow(2, 0, 1) / mapped.narrow(2, 2, 1);
        var v = mapped.narrow(2, 1, 1) / mapped.narrow(2, 2, 1);
        var inside = Within(u, sourceWidth).logical_and(Within(v, sourceHeight));
        var grid = cat([u.Times(2.0 / sourceWidth).Plus(-1), v.Times(2.0 / sourceHeight).Plus(-1)], dim: -1);
        grid = grid.nan_to_num(2, 2, -2).clamp(KeptScalar.Of(-2.0), KeptScalar.Of(2.0)).to(images.dtype).view(batch, height, width, 2);
        var sampled = nn.functional.grid_sample(images, grid, mode: GridSampleMode.Bilinear, padding_mode: GridSamplePaddingMode.Border, align_corners: false);
        return (sampled * inside.view(batch, 1, height, width).to(images.dtype)).MoveToOuterDisposeScope();
    }

    private static Tensor Centers(int count, Device device) => tensor(Enumerable.Range(0, count).Select(i => i + 0.5).ToArray()).to(device);

    private static Tensor Within(Tensor positions, long size) => positions.ge(KeptScalar.Of(0.0)).logical_and(positions.lt(KeptScalar.Of((double)size)));
}
