using static TorchSharp.torch;

namespace Cass.Losses;

internal static class FocalFactor
{
    // Small enough to change no result, large enough that x^(γ − 1) stays finite in float32 for every γ > 0.
    private const double Smallest = 1e-30;

    /// <summary>
    /// (1 − pt)^γ from −log(pt). For γ below 1 the power's derivative is infinite where pt = 1; the loss is 0 there
    /// with a gradient of 0, which the lower bound yields instead of 0·∞.
    /// </summary>
    public static Tensor Of(Tensor negativeLogPt, double gamma) => negativeLogPt.neg().expm1().neg().clamp_min(KeptScalar.Of(Smallest)).pow(KeptScalar.Of(gamma));
}
