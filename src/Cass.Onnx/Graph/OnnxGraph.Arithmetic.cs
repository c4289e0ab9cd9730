using Onnx;

namespace Cass.Onnx;

/// <content>Arithmetic and shapes.</content>
public sealed partial class OnnxGraph
{
    private const int Int64 = (int)TensorProto.Types.DataType.Int64;

    /// <summary>The sum; shapes are broadcast as in NumPy.</summary>
    /// <param name="first">A value.</param>
    /// <param name="second">Another one.</param>
    /// <returns>Their sum.</returns>
    public OnnxValue Add(OnnxValue first, OnnxValue second) => Broadcast("Add", first, second);

    /// <summary>The product of elements; shapes are broadcast as in NumPy.</summary>
    /// <param name="first">A value.</param>
    /// <param name="second">Another one.</param>
    /// <returns>Their product.</returns>
    public OnnxValue Multiply(OnnxValue first, OnnxValue second) => Broadcast("Mul", first, second);

    /// <summary>The matrix product of the last two dimensions.</summary>
    /// <param name="first">[…, n, k].</param>
    /// <param name="second">[…, k, m], with the same dimensions before.</param>
    /// <returns>[…, n, m].</returns>
    public OnnxValue MatMul(OnnxValue first, OnnxValue second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Node("MatMul", [first, second], [.. first.Shape.SkipLast(1), second.Shape[^1]]);
    }

    /// <summary>The mean over some dimensions.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="axes">The dimensions, from 0.</param>
    /// <param name="keepDimensions">Whether they stay, with a size of 1.</param>
    /// <returns>The mean.</returns>
    public OnnxValue Mean(OnnxValue input, IReadOnlyList<long> axes, bool keepDimensions = false) => Reduce("ReduceMean", input, axes, keepDimensions);

    /// <summary>The maximum over some dimensions.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="axes">The dimensions, from 0.</param>
    /// <param name="keepDimensions">Whether they stay, with a size of 1.</param>
    /// <returns>The maximum.</returns>
    public OnnxValue Maximum(OnnxValue input, IReadOnlyList<long> axes, bool keepDimensions = false) => Reduce("ReduceMax", input, axes, keepDimensions);

    /// <summary>Another order of the dimensions.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="order">For each dimension of the output, which one of the input it is.</param>
    /// <returns>The transposed value.</returns>
    public OnnxValue Transpose(OnnxValue input, params IReadOnlyList<long> order)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(order);
        return Node("Transpose", [input], [.. order.Select(axis => input.Shape[(int)axis])], ("perm", order));
    }

    /// <summary>The same elements in another shape.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="shape">The new one; −1 once, at the most, for what follows from the others: the batch, as a rule.</param>
    /// <returns>The reshaped value.</returns>
    public OnnxValue Reshape(OnnxValue input, params IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return Node("Reshape", [input, Integers(shape)], [.. shape.Select(size => size < 0 ? null : (long?)size)]);
    }

    /// <summary>A part of a dimension.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="axis">The dimension, from 0.</param>
    /// <param name="start">The first index.</param>
    /// <param name="length">How many.</param>
    /// <returns>The part.</returns>
    public OnnxValue Slice(OnnxValue input, int axis, long start, long length)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Node("Slice", [input, Integers(start), Integers(start + length), Integers(axis)], [.. input.Shape.Select((size, i) => i == axis ? length : size)]);
    }

    /// <summary>One index of a dimension, which goes.</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="axis">The dimension, from 0.</param>
    /// <param name="index">The index.</param>
    /// <returns>One dimension less.</returns>
    public OnnxValue Select(OnnxValue input, int axis, long index)
    {
        ArgumentNullException.ThrowIfNull(input);
        var part = Slice(input, axis, index, 1);
        return Node("Squeeze", [part, Integers(axis)], [.. input.Shape.Where((_, i) => i != axis)]);
    }

    /// <summary>Values one after the other.</summary>
    /// <param name="inputs">Of one shape, but for the dimension.</param>
    /// <param name="axis">The dimension, from 0.</param>
    /// <returns>The joined value.</returns>
    public OnnxValue Concatenate(IReadOnlyList<OnnxValue> inputs, int axis)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var sizes = inputs.Select(input => input.Shape[axis]).ToArray();
        long? joined = sizes.All(size => size is not null) ? sizes.Sum() : null;
        return Node("Concat", inputs, [.. inputs[0].Shape.Select((size, i) => i == axis ? joined : size)], ("axis", (long)axis));
    }

    /// <summary>A value of a batch of one, once for each image of a batch.</summary>
    /// <param name="value">[1, …].</param>
    /// <param name="like">A value whose first dimension is the batch.</param>
    /// <returns>[batch, …].</returns>
    public OnnxValue RepeatForBatch(OnnxValue value, OnnxValue like)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(like);
        var batch = NodeOf(Int64, "Shape", [like], [1], ("start", 0L), ("end", 1L));
        var shape = NodeOf(Int64, "Concat", [batch, Integers([.. value.Shape.Skip(1).Select((_, i) => value.Size(i + 1))])], [value.Rank], ("axis", 0L));
        return Node("Expand", [value, shape], [like.Shape[0], .. value.Shape.Skip(1)]);
    }

    private OnnxValue Broadcast(string operation, OnnxValue first, OnnxValue second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var rank = Math.Max(first.Rank, second.Rank);
        return Node(operation, [first, second], [.. Enumerable.Range(0, rank).Select(i => Joined(At(first, i), At(second, i)))]);

        long? At(OnnxValue value, int i) => i < rank - value.Rank ? 1 : value.Shape[i - (rank - value.Rank)];

        static long? Joined(long? a, long? b) => a == 1 ? b : b == 1 || a == b ? a : a ?? b;
    }

    private OnnxValue Reduce(string operation, OnnxValue input, IReadOnlyList<long> axes, bool keepDimensions)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(axes);
        IReadOnlyList<long?> shape = keepDimensions
            ? [.. input.Shape.Select((size, i) => axes.Contains(i) ? 1 : size)]
            : [.. input.Shape.Where((_, i) => !axes.Contains(i))];

        // Until version 18 of the operators the axes are an attribute.
        return UsedOperatorSet < 18
            ? Node(operation, [input], shape, ("axes", axes), ("keepdims", keepDimensions ? 1L : 0L))
            : Node(operation, [input, Integers(axes)], shape, ("keepdims", keepDimensions ? 1L : 0L));
    }
}
