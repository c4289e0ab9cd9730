using Onnx;

namespace Cass.Onnx;

/// <content>What comes before a network: types of images, and their size.</content>
public sealed partial class OnnxGraph
{
    private const int Float = (int)TensorProto.Types.DataType.Float;

    /// <summary>A float32 value in the type of the weights.</summary>
    internal OnnxValue ToPrecision(OnnxValue value) => Precision == OnnxPrecision.Float32 ? value : Cast(value, TensorProto.Types.DataType.Float16);

    internal OnnxValue Cast(OnnxValue value, TensorProto.Types.DataType type) => NodeOf((int)type, "Cast", [value], value.Shape, ("to", (long)type));

    internal OnnxValue TransposeOf(OnnxValue value, TensorProto.Types.DataType type, params IReadOnlyList<long> order) =>
        NodeOf((int)type, "Transpose", [value], [.. order.Select(axis => value.Shape[(int)axis])], ("perm", order));

    /// <summary>
    /// Bilinear resizing with antialiasing, to whole levels from 0 to 255, of float32 [batch, channels, height, width]. Pillow rounds between its two
    /// passes as well, so that levels differ by one here and there.
    /// </summary>
    internal OnnxValue ResizeImages(OnnxValue images, long height, long width)
    {
        var none = new OnnxValue(string.Empty, []);
        var batchAndChannels = NodeOf(Int64, "Shape", [images], [2], ("start", 0L), ("end", 2L));
        var sizes = NodeOf(Int64, "Concat", [batchAndChannels, Integers(height, width)], [4], ("axis", 0L));
        IReadOnlyList<long?> shape = [images.Shape[0], images.Shape[1], height, width];
        var resized = NodeOf(Float, "Resize", [images, none, none, sizes], shape, ("mode", "linear"), ("antialias", 1L), ("coordinate_transformation_mode", "half_pixel"));
        return NodeOf(Float, "Round", [resized], shape);
    }
}
