using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What to say when a device has no memory left.</summary>
internal static partial class DeviceMemory
{
    private static readonly string[] Signs = ["out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory", "bad_alloc"];

    /// <summary>Whether a failure of libtorch, or of .NET, is one of memory.</summary>
    public static bool IsExhausted(Exception error) => error is OutOfMemoryException
        || (error is ExternalException or IOException && Array.Exists(Signs, sign => error.Message.Contains(sign, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Does what is no training step, and says what there is not enough memory for.</summary>
    /// <param name="device">The device.</param>
    /// <param name="purpose">What the memory is for, such as <c>the network resnet50</c>.</param>
    /// <param name="remedy">What needs less; a sentence.</param>
    /// <param name="work">What is done.</param>
    /// <exception cref="DeviceMemoryException">There is not enough.</exception>
    public static T Guard<T>(Device device, string purpose, string remedy, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (IsExhausted(error))
        {
            throw Explain(error, device, purpose, remedy);
        }
    }

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

    /// <summary>Says that a batch does not fit, without trying smaller ones.</summary>
    public static DeviceMemoryException Exhausted(Exception error, Device device, Tensor images) => Explain(
        error,
        device,
        $"this process's share of a batch, {images.size(0)} images of {images.size(2)}×{images.size(3)}",
        "Start more processes, choose smaller batches, or gather the gradients of several (Optimizer.AccumulateBatches). Less memory is also needed with GradientCheckpointing, with Precision BFloat16, and by smaller images.");

    private static DeviceMemoryException Explain(Exception error, Device device, string purpose, string remedy)
    {
        var asked = Request().Match(error.Message);
        var more = asked.Success && long.TryParse(asked.Groups["bytes"].Value, CultureInfo.InvariantCulture, out var bytes)
            ? string.Create(CultureInfo.InvariantCulture, $" ({bytes / 1e6:N0} MB more were asked for)")
            : string.Empty;
        return new DeviceMemoryException($"The device {device} has not enough memory for {purpose}{more}. {remedy}", null, error);
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

    [GeneratedRegex("allocate (?<bytes>[0-9]+) bytes", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Request();
}
