using System.Globalization;
using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>A tensor with values that are not finite.</summary>
/// <param name="Name">Its name.</param>
/// <param name="NaN">How many of its values are not a number.</param>
/// <param name="Infinite">How many are infinite.</param>
/// <param name="Count">How many values it has.</param>
public sealed record NonFiniteTensor(string Name, long NaN, long Infinite, long Count)
{
    /// <summary>The first of some tensors that has a value that is not finite.</summary>
    /// <param name="tensors">Names and tensors, on any device; those of whole numbers are passed over.</param>
    /// <returns>Its name and how many such values it has; null where all are finite.</returns>
    public static NonFiniteTensor? FirstOf(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach (var (name, tensor) in tensors)
        {
            if (Of(name, tensor) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Counts a tensor's values that are not finite.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">The tensor, on any device.</param>
    /// <returns>How many there are; null where all are finite, and for a tensor of whole numbers.</returns>
    public static NonFiniteTensor? Of(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.is_floating_point() && !tensor.is_complex())
        {
            return null;
        }

        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        var values = tensor.is_complex() ? view_as_real(tensor) : tensor;

        // A sum of finite values may overflow, but one with a value that is not finite never is; it costs a single pass.
        if (double.IsFinite(values.sum(values.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32).ReadDouble()))
        {
            return null;
        }

        var nan = (long)values.isnan().sum().ReadDouble();
        var infinite = (long)values.isinf().sum().ReadDouble();
        return nan + infinite == 0 ? null : new NonFiniteTensor(name, nan, infinite, values.NumberOfElements);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var kinds = (NaN, Infinite) switch
        {
            (0, _) => string.Create(CultureInfo.InvariantCulture, $"{Infinite} infinite"),
            (_, 0) => string.Create(CultureInfo.InvariantCulture, $"{NaN} NaN"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{NaN} NaN and {Infinite} infinite"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"'{Name}' has {kinds} of {Count} values");
    }
}
