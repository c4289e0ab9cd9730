using System.Globalization;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Looks for values in a file that make every output of a network NaN.</summary>
internal sealed class WeightValues(string path)
{
    private NonFiniteTensor? first;
    private string? negativeVariance;
    private int tensors;
    private long values;

    /// <summary>Looks at what will be a tensor of the network, in the network's type: what is finite in a wider one may not be.</summary>
    public void Check(string name, Tensor value, Tensor target)
    {
        using var scope = NewDisposeScope();
        var converted = value.to(target.dtype);
        if (NonFiniteTensor.Of(name, converted) is { } found)
        {
            first ??= found;
            tensors++;
            values += found.NaN + found.Infinite;
        }
        else if (name.EndsWith("running_var", StringComparison.Ordinal) && converted.NumberOfElements > 0 && converted.min().ReadDouble() < 0)
        {
            negativeVariance ??= name;
        }
    }

    /// <exception cref="WeightFileException">A value was not finite, or a variance negative.</exception>
    public void ThrowIfNotFinite()
    {
        if (first is not null)
        {
            var more = tensors == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"; with it {tensors} tensors have {values} such values");
            throw new WeightFileException(path, $"has weights that are not finite: {first}{more}. The training that made it had failed by then; load an earlier checkpoint of it, or download it again.");
        }

        if (negativeVariance is not null)
        {
            throw new WeightFileException(path, $"has negative variances in '{negativeVariance}', of which a network makes NaN; load an earlier checkpoint of it, or download it again.");
        }
    }
}
