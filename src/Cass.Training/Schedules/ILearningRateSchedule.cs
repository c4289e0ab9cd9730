namespace Cass.Training;

/// <summary>The learning rate over the steps of a run, a step being one batch.</summary>
public interface ILearningRateSchedule
{
    /// <summary>The learning rate that a step is taken with.</summary>
    /// <param name="step">Steps already taken, from 0.</param>
    /// <returns>The rate.</returns>
    double RateAt(long step);
}
