namespace Cass.Training;

/// <summary>
/// Cosine annealing in closed form (Loshchilov and Hutter 2017, eq. 5, without restarts): periodic with 2·T_max steps.
/// <see cref="ChainedCosineAnnealing"/> is what PyTorch computes unless told otherwise; they differ by rounding alone.
/// </summary>
/// <param name="baseRate">The rate of step 0, above 0.</param>
/// <param name="tMax">Steps from the highest rate to the lowest, at least 1.</param>
/// <param name="etaMin">The lowest rate, at least 0.</param>
public sealed class CosineAnnealing(double baseRate, int tMax, double etaMin) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return etaMin + ((baseRate - etaMin) * (1 + Math.Cos(Math.PI * (step % (2L * tMax)) / tMax)) / 2);
    }
}
