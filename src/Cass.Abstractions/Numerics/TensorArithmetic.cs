using static TorchSharp.torch;

namespace Cass;

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

    /// <summary>The quotient <c>left / right</c>.</summary>
    /// <param name="left">A tensor of floating-point numbers.</param>
    /// <param name="right">A number that recurs.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Over(this Tensor left, double right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.div(KeptScalar.Of(right));
    }
}
