namespace Cass.Training;

/// <summary>
/// A schedule up to a step, and one rate from there on: what stochastic weight averaging explores with (Izmailov et al.
/// 2018, arXiv 1803.05407, section 3.2; PyTorch's <c>SWALR</c> without annealing).
/// </summary>
/// <param name="schedule">The schedule of the steps before.</param>
/// <param name="firstStep">The first step with the constant rate, at least 0.</param>
/// <param name="rate">The constant rate; null for that which the schedule gives the first of these steps.</param>
public sealed class LateConstantRate(ILearningRateSchedule schedule, long firstStep, double? rate = null) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return step < firstStep ? schedule.RateAt(step) : rate ?? schedule.RateAt(firstStep);
    }
}
