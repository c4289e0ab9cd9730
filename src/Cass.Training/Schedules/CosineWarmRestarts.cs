namespace Cass.Training;

/// <summary>
/// SGDR: a cosine that starts anew from the highest rate (Loshchilov and Hutter 2017, eq. 5), as PyTorch's
/// <c>CosineAnnealingWarmRestarts</c>.
/// </summary>
/// <param name="baseRate">The highest rate, above 0.</param>
/// <param name="firstPeriod">Steps of the first cosine T_0, at least 1.</param>
/// <param name="factor">How many times as long each cosine is as the one before, T_mult, at least 1.</param>
/// <param name="etaMin">The rate that each cosine falls to, at least 0.</param>
public sealed class CosineWarmRestarts(double baseRate, int firstPeriod, int factor, double etaMin) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        long period = firstPeriod;
        if (factor == 1)
        {
            step %= period;
        }

        while (step >= period)
        {
            step -= period;
            period *= factor;
        }

        return etaMin + ((baseRate - etaMin) * (1 + Math.Cos(Math.PI * step / period)) / 2);
    }
}
