using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What to say when a device has no memory left for a step.</summary>
internal static class DeviceMemory
{
    /// <summary>Whether a failure of libtorch is one of memory.</summary>
    public static bool IsExhausted(Exception error) => error is OutOfMemoryException || (error is ExternalException
        && (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Tries smaller batches, and says which of them fits.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="phase">Name of the phase's options, such as <c>Pretraining</c>.</param>
    /// <param name="device">The device.</param>
    /// <param name="images">The batch that did not fit.</param>
    /// <param name="step">Runs forward and backward on the first images of the batch, and throws where they do not fit either.</param>
    public static DeviceMemoryException Explain(Exception error, string phase, Device device, Tensor images, Action<int> step)
    {
        var (batch, height, width) = ((int)images.size(0), images.size(2), images.size(3));
        var fits = batch / 2;
        while (fits >= 2 && !Fits(step, fits))
        {
            fits /= 2;
        }

        var remedy = fits < 2
            ? "Not even a batch of 2 fits: use smaller images, smaller networks or a device with more memory."
            : $"A batch of {fits} fits (it was tried): set {phase}.BatchSize to {fits}, and {phase}.Optimizer.AccumulateBatches to {batch / fits} for steps of as many images. Less memory is also needed with GradientCheckpointing, with Precision BFloat16, and by smaller images.";
        return new DeviceMemoryException($"The device {device} has not enough memory for a batch of {batch} images of {height}×{width}. {remedy}", fits < 2 ? null : fits, error);
    }

    private static bool Fits(Action<int> step, int count)
    {
        try
        {
            using var scope = NewDisposeScope();
            step(count);
            return true;
        }
        catch (Exception error) when (IsExhausted(error))
        {
            return false;
        }
    }
}
