using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tensors;

/// <summary>
/// Linear maps in float32 on a processor. Libtorch multiplies with Intel's MKL, which uses half the width of the registers of AMD's processors with AVX-512; oneDNN's convolutions use all of it.
/// From Zen 5 on, where that is twice as fast, a linear map of many rows is therefore computed as a convolution of 1×1. Results differ by rounding.
/// </summary>
internal static class LinearMap
{
    // Bounds within which convolutions were the faster (benchmarks/pieces, LinearMaps); below the first, libtorch does not convolve by oneDNN on a single thread.
    private const long LeastImages = 16;
    private const long LeastPixels = 4;
    private const long LeastWeights = 1 << 14;

    private const int Zen5 = 0x1A;

    /// <summary>Whether linear maps are computed as convolutions on this processor, where they are large enough.</summary>
    public static bool IsByConvolution { get; } = Avx512F.IsSupported && X86Signature.Current is { IsAmd: true, DisplayFamily: >= Zen5 } && OneDnnIsOn();

    /// <summary>x·Wᵀ + b.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs]; none where null.</param>
    /// <returns>[…, outputs].</returns>
    public static Tensor Run(Tensor input, Tensor weight, Tensor? bias)
    {
        if (!IsByConvolution || ImagesOf(input, weight) is not { } images)
        {
            return functional.linear(input, weight, bias);
        }

        using var scope = NewDisposeScope();
        long[] shape = input.shape;
        var pixels = input.view(images, -1, 1, weight.size(1)).permute(0, 3, 1, 2);
        var output = functional.conv2d(pixels, weight.view(weight.size(0), weight.size(1), 1, 1), bias);
        shape[^1] = weight.size(0);
        return output.permute(0, 2, 3, 1).reshape(shape).MoveToOuterDisposeScope();
    }

    /// <summary>How many images the rows are cut into; null where a product of matrices is as fast, or the other is not possible.</summary>
    private static long? ImagesOf(Tensor input, Tensor weight)
    {
        if (input.dim() < 2
            || input.device_type != DeviceType.CPU
            || input.dtype != ScalarType.Float32
            || weight.dtype != ScalarType.Float32
            || weight.dim() != 2
            || input.size(-1) != weight.size(1)
            || weight.numel() < LeastWeights
            || !input.is_contiguous()
            || !weight.is_contiguous())
        {
            return null;
        }

        var rows = input.numel() / weight.size(1);
        return input.dim() > 2 && input.size(0) >= LeastImages && rows / input.size(0) >= LeastPixels ? input.size(0)
            : rows % LeastImages == 0 && rows / LeastImages >= LeastPixels ? LeastImages
            : null;
    }

    private static bool OneDnnIsOn()
    {
        // Until then it is not known.
        TorchBackend.EnsureLoaded();
        return !OneDnn.IsOff;
    }
}
