namespace Cass.Training;

/// <summary>
/// Cosine annealing (Loshchilov and Hutter 2017, eq. 5, without restarts) as PyTorch's <c>CosineAnnealingLR</c>
/// computes it: each rate from the one before, so that past <c>T_max</c> it rises again, with a period of 2·T_max steps.
/// </summary>
/// <remarks>
/// Equal to the closed form but for rounding, of about 1e-12; only this form follows PyTorch to the last digits where
/// the rate is near its minimum. The last rate is remembered, so that a run pays one multiplication a step.
/// </remarks>
/// <param name="baseRate">The rate of step 0, above 0.</param>
/// <param name="tMax">Steps from the highest rate to the lowest, at least 1; 16 in the publication.</param>
/// <param name="etaMin">The lowest rate, at least 0; 1e-6 in the publication.</param>
public sealed class ChainedCosineAnnealing(double baseRate, int tMax, double etaMin) : ILearningRateSchedule
{
    private long lastStep = long.MaxValue;
    private double lastRate;

    /// <inheritdoc/>
    public double RateAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < lastStep)
        {
            lastStep = 0;
            lastRate = baseRate;
        }

        while (lastStep < step)
        {
            lastStep++;
            lastRate = (lastStep - 1 - tMax) % (2L * tMax) == 0
                ? lastRate + ((baseRate - etaMin) * (1 - Math.Cos(Math.PI / tMax)) / 2)
                : ((1 + Math.Cos(Math.PI * lastStep / tMax)) / (1 + Math.Cos(Math.PI * (lastStep - 1) / tMax)) * (lastRate - etaMin)) + etaMin;
        }

        return lastRate;
    }
}
