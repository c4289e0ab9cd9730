using Cass.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Which pixels each element of a convolution's kernel brings together.</summary>
internal sealed class ConvolutionGeometry
{
    private ConvolutionGeometry(ConvolutionAxis rows, ConvolutionAxis columns)
    {
        (Rows, Columns) = (rows, columns);
        Taps =
        [
            .. from row in Enumerable.Range(0, (int)rows.Kernel)
               from column in Enumerable.Range(0, (int)columns.Kernel)
               select new ConvolutionTap(rows.Reach(row), columns.Reach(column)) into tap
               where !tap.IsEmpty
               select tap
        ];
    }

    public ConvolutionAxis Rows { get; }

    public ConvolutionAxis Columns { get; }

    /// <summary>The elements of the kernel that reach any pixel.</summary>
    public IReadOnlyList<ConvolutionTap> Taps { get; }

    /// <summary>Whether each pixel of the output is of the same pixel of the input.</summary>
    public bool IsPointwise => Rows.IsIdentity && Columns.IsIdentity;

    /// <summary>Whether every element of the kernel reaches some pixel.</summary>
    public bool ReachesEverywhere => Rows.ReachesEverywhere && Columns.ReachesEverywhere;

    /// <summary>Whether a convolution has no more to it than this: neither groups, dilation or bias, and padding by zeros.</summary>
    public static bool Describes(Conv2d convolution) =>
        convolution is { groups: 1, bias: null, padding_mode: PaddingModes.Zeros, padding_type: null, stride: not null, padding: not null }
        && (convolution.dilation is null || Array.TrueForAll(convolution.dilation, d => d == 1));

    /// <summary>The geometry of a convolution that is <see cref="Describes">described</see> by one.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <returns>The geometry.</returns>
    public static ConvolutionGeometry Of(Conv2d convolution, Tensor input)
    {
        var (weight, stride, padding) = (convolution.weight, convolution.stride!, convolution.padding!);
        return new ConvolutionGeometry(
            new ConvolutionAxis(input.size(2), weight.size(2), stride[0], padding[0]),
            new ConvolutionAxis(input.size(3), weight.size(3), stride[^1], padding[^1]));
    }
}
