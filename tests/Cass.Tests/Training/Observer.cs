namespace Cass.Tests.Training;

/// <summary>Looks at the progress of every batch, at once and on the same thread.</summary>
internal sealed class Observer(Action<TrainingProgress> observe) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => observe(value);
}
