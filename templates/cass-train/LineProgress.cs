using Cass;

namespace Company.CassProgram1;

/// <summary>A line for each epoch.</summary>
internal sealed class LineProgress : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Batch == value.Batches && value.Phase is TrainingPhase.Pretraining or TrainingPhase.FineTuning)
        {
            Console.WriteLine(value);
        }
    }
}
