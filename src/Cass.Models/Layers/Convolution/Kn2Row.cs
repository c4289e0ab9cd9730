using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// A convolution as the sum of one matrix product for each element of its kernel, over the pixels that the element reaches
/// (kn2row; Vasudevan et al. 2017, "Parallel Multi Channel Convolution using General Matrix Multiplication", arXiv 1704.04428),
/// and its gradients likewise.
/// </summary>
internal sealed class Kn2Row : ManagedFunction<Kn2Row>
{
    private const string Geometry = "geometry";

    public override string Name => nameof(Kn2Row);

    protected override IReadOnlyList<bool> AreTensors => [true, true, false];

    /// <summary>Convolves.</summary>
    /// <param name="pixels">[batch, height, width, inputs].</param>
    /// <param name="taps">The weights, [outputs, kernel height, kernel width, inputs].</param>
    /// <param name="geometry">What the kernel reaches.</param>
    /// <returns>[batch, height, width, outputs].</returns>
    public static Tensor Run(Tensor pixels, Tensor taps, ConvolutionGeometry geometry) =>
        is_grad_enabled() && (pixels.requires_grad || taps.requires_grad) ? apply(pixels, taps, geometry) : Convolve(pixels, taps, geometry);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Release();
        var (pixels, taps, geometry) = ((Tensor)vars[0], (Tensor)vars[1], (ConvolutionGeometry)vars[2]);
        ctx.save_for_backward([pixels, taps]);
        ctx.save_data(Geometry, geometry);
        return Convolve(pixels, taps, geometry);
    }

    protected override List<Tensor?> Differentiate(autograd.AutogradContext ctx, Tensor slope)
    {
        var geometry = (ConvolutionGeometry)ctx.get_data(Geometry);
        var saved = ctx.get_saved_variables();
        var (pixels, taps) = (saved[0], saved[1]);
        var (inputs, outputs) = (taps.size(3), taps.size(0));
        var ofPixels = pixels.requires_grad ? zeros(pixels.shape, pixels.dtype) : null;
        var ofTaps = !taps.requires_grad ? null
            : geometry.ReachesEverywhere ? empty(taps.shape, taps.dtype)
            : zeros(taps.shape, taps.dtype);
        foreach (var tap in geometry.Taps)
        {
            var reached = tap.OfOutput(slope).reshape(-1, outputs);
            if (ofPixels is not null)
            {
                Add(tap.OfInput(ofPixels), reached.mm(tap.OfWeights(taps)));
            }

            if (ofTaps is not null)
            {
                tap.OfWeights(ofTaps).addmm_(reached.t(), tap.OfInput(pixels).reshape(-1, inputs), beta: 0, alpha: 1);
            }
        }

        return [ofPixels, ofTaps, null];
    }

    private static Tensor Convolve(Tensor pixels, Tensor taps, ConvolutionGeometry geometry)
    {
        using var scope = NewDisposeScope();
        var inputs = pixels.size(3);
        var sum = zeros([pixels.size(0), geometry.Rows.Output, geometry.Columns.Output, taps.size(0)], pixels.dtype);
        foreach (var tap in geometry.Taps)
        {
            var seen = tap.OfInput(pixels).reshape(-1, inputs);
            Add(tap.OfOutput(sum), seen.mm(tap.OfWeights(taps).t()));
        }

        return sum.MoveToOuterDisposeScope();
    }

    private static void Add(Tensor target, Tensor rows) => target.add_(rows.view(target.shape), KeptScalar.One);
}
