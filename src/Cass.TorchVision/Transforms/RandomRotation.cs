using Cass.Data;
using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>Rotates about the centre by a random angle: torchvision's <c>RandomRotation</c>. What comes from outside of the image is black.</summary>
public sealed class RandomRotation : ITensorTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="degrees">Angles are uniform over [−degrees, degrees]; 0 to 360.</param>
    /// <param name="interpolation">How values between pixels are found: the nearest pixel by default, or bilinear.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomRotation(double degrees, Interpolation interpolation = Interpolation.Nearest)
        : this((-degrees, degrees), interpolation)
    {
    }

    /// <summary>Creates the step.</summary>
    /// <param name="degrees">Range of the angles, counter-clockwise, within −360 to 360.</param>
    /// <param name="interpolation">How values between pixels are found: the nearest pixel by default, or bilinear.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomRotation((double Low, double High) degrees, Interpolation interpolation = Interpolation.Nearest)
    {
        TorchVisionArguments.Require(degrees.High, -360, 360, "largest angle of RandomRotation");
        TorchVisionArguments.Require(degrees.Low, -360, degrees.High, "smallest angle of RandomRotation");
        Degrees = degrees;
        Interpolation = TorchVisionArguments.Require(interpolation);
    }

    /// <summary>Range of the angles.</summary>
    public (double Low, double High) Degrees { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public Func<Tensor, Tensor> Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var angle = Degrees.Low + ((Degrees.High - Degrees.Low) * random.NextDouble());
        return image => AugmentationOperations.Rotate(image, angle, Interpolation);
    }
}
