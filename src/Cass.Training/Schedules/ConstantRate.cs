namespace Cass.Training;

/// <summary>The same learning rate at every step.</summary>
/// <param name="rate">The rate, above 0.</param>
public sealed class ConstantRate(double rate) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(long step) => rate;
}
