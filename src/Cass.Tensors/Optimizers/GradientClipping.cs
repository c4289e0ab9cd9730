using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>Scales gradients down that are too long (Pascanu et al. 2013).</summary>
internal static class GradientClipping
{
    /// <summary>
    /// Scales each parameter's own gradient down to a norm, where it is longer: by norm / (its norm + 1e-6), as DINO's code does.
    /// Parameters without a gradient are left alone.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="maxNorm">The largest norm allowed, above 0.</param>
    public static void ClipEach(IEnumerable<Tensor> parameters, double maxNorm)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. parameters.Select(parameter => parameter.grad).OfType<Tensor>()];
        if (gradients.Length > 0)
        {
            TorchKernels.Invoke("clip_each", gradients, maxNorm);
        }
    }
}
