namespace Cass.Data;

/// <summary>One change of pixel values.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Amount">The factor of brightness, contrast, saturation or hue; the standard deviation of a blur; the threshold of a solarisation.</param>
/// <param name="KernelSize">Width of a blur's kernel.</param>
internal sealed record PixelStep(PixelStepKind Kind, double Amount, int KernelSize = 0);
