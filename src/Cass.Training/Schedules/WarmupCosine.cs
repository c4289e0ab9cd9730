namespace Cass.Training;

/// <summary>
/// One cosine over the whole run (Loshchilov and Hutter 2017, eq. 5), after a linear rise (Goyal et al. 2017).
/// </summary>
/// <param name="baseRate">The highest rate, above 0.</param>
/// <param name="totalSteps">Steps of the run, at least 1.</param>
/// <param name="warmupSteps">Steps of the rise; step k of it has the rate <c>baseRate·(k + 1)/warmupSteps</c>. May be 0.</param>
/// <param name="etaMin">The rate that the cosine falls to, at least 0.</param>
public sealed class WarmupCosine(double baseRate, long totalSteps, long warmupSteps, double etaMin) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < warmupSteps)
        {
            return baseRate * (step + 1) / warmupSteps;
        }

        var span = Math.Max(1, totalSteps - warmupSteps);
        var progress = Math.Min(1.0, (double)(step - warmupSteps) / span);
        return etaMin + ((baseRate - etaMin) * (1 + Math.Cos(Math.PI * progress)) / 2);
    }
}
