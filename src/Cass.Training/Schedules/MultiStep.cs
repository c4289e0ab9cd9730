namespace Cass.Training;

/// <summary>
/// A rate that is multiplied by a factor at given steps, as PyTorch's <c>MultiStepLR</c>. It is given to
/// <see cref="FineTuner.CreateSchedule"/> or <see cref="Pretrainer.CreateSchedule"/>.
/// </summary>
/// <example><code>
/// // A tenth of the rate from epoch 50 on, a hundredth from epoch 75 on.
/// tuner.CreateSchedule = (rate, steps) =&gt; new MultiStep(rate, [steps / 2, steps * 3 / 4], gamma: 0.1);
/// </code></example>
public sealed class MultiStep : ILearningRateSchedule
{
    private readonly double baseRate;
    private readonly double gamma;
    private readonly long[] milestones;

    /// <summary>Makes the schedule.</summary>
    /// <param name="baseRate">The rate before the first milestone, above 0.</param>
    /// <param name="milestones">Steps, counted from 0, from which on the rate has one factor more; in ascending order, and each at least 0. A step that is given twice counts twice.</param>
    /// <param name="gamma">The factor, above 0. Default 0.1.</param>
    /// <exception cref="ArgumentException">A value is outside its range, or milestones do not ascend.</exception>
    public MultiStep(double baseRate, IReadOnlyList<long> milestones, double gamma = 0.1)
    {
        ArgumentNullException.ThrowIfNull(milestones);
        if (!(baseRate > 0 && double.IsFinite(baseRate)) || !(gamma > 0 && double.IsFinite(gamma)))
        {
            throw new ArgumentOutOfRangeException(nameof(gamma), $"The rate is {baseRate} and the factor {gamma}; both must be above 0.");
        }

        for (var i = 0; i < milestones.Count; i++)
        {
            if (milestones[i] < 0 || (i > 0 && milestones[i] < milestones[i - 1]))
            {
                throw new ArgumentException($"Milestone {i} is {milestones[i]}; milestones are at least 0, and ascend.", nameof(milestones));
            }
        }

        (this.baseRate, this.gamma, this.milestones) = (baseRate, gamma, [.. milestones]);
    }

    /// <inheritdoc/>
    public double RateAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return baseRate * Math.Pow(gamma, milestones.Count(milestone => milestone <= step));
    }
}
