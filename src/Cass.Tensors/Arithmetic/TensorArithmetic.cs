using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>Arithmetic that needs a <see cref="TorchSharp.Scalar"/>, with one that stays alive; see <see cref="KeptScalar"/>.</summary>
public static class TensorArithmetic
{
    /// <summary>The sum <c>left + right</c>.</summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A tensor of a shape that fits.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Plus(this Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.add(right, KeptScalar.One);
    }

    /// <summary>The difference <c>left − right</c>.</summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A tensor of a shape that fits.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Minus(this Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.add(right, KeptScalar.MinusOne);
    }

    /// <summary>Adds in place.</summary>
    /// <param name="left">The tensor that changes.</param>
    /// <param name="right">A tensor of a shape that fits.</param>
    /// <returns>The same tensor.</returns>
    public static Tensor PlusInPlace(this Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.add_(right, KeptScalar.One);
    }

    /// <summary>The sum <c>left + right</c>.</summary>
    /// <param name="left">A tensor of floating-point numbers.</param>
    /// <param name="right">A number that recurs.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Plus(this Tensor left, double right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.add(KeptScalar.Of(right), KeptScalar.One);
    }

    /// <summary>The difference <c>left − right</c>.</summary>
    /// <param name="left">A number that recurs.</param>
    /// <param name="right">A tensor of floating-point numbers.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Minus(double left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(right);
        using var negative = right.neg();
        return negative.Plus(left);
    }

    /// <summary>The product <c>left · right</c>.</summary>
    /// <param name="left">A tensor of floating-point numbers.</param>
    /// <param name="right">A number that recurs.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Times(this Tensor left, double right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.mul(KeptScalar.Of(right));
    }

    /// <summary>The square of each element.</summary>
    /// <param name="value">A tensor of floating-point numbers.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Squared(this Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.pow(KeptScalar.Of(2L));
    }

    /// <summary>The number in a tensor of one element; waits for its device.</summary>
    /// <param name="value">A tensor of one element.</param>
    /// <returns>The number.</returns>
    public static double ReadDouble(this Tensor value)
    {
        using var number = OnCpu(value, ScalarType.Float64);
        return number.ReadCpuDouble(0);
    }

    /// <summary>The whole number in a tensor of one element; waits for its device.</summary>
    /// <param name="value">A tensor of one element.</param>
    /// <returns>The number.</returns>
    public static long ReadInt64(this Tensor value)
    {
        using var number = OnCpu(value, ScalarType.Int64);
        return number.ReadCpuInt64(0);
    }

    /// <summary>The truth of a tensor of one element; waits for its device.</summary>
    /// <param name="value">A tensor of one element.</param>
    /// <returns>True where it is not 0.</returns>
    public static bool ReadBoolean(this Tensor value) => value.ReadInt64() != 0;

    /// <summary>The quotient <c>left / right</c>.</summary>
    /// <param name="left">A tensor of floating-point numbers.</param>
    /// <param name="right">A number that recurs.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Over(this Tensor left, double right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.div(KeptScalar.Of(right));
    }

    private static Tensor OnCpu(Tensor value, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.numel() != 1)
        {
            throw new ArgumentException($"A tensor of one element is expected, not of [{string.Join(", ", value.shape)}].", nameof(value));
        }

        using var detached = value.detach();
        return detached.to(type, CPU, copy: true);
    }
}
