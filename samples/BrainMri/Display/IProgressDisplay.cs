namespace BrainMri.Display;

/// <summary>Shows how far the run is.</summary>
internal interface IProgressDisplay
{
    /// <summary>Runs the work, and shows what it reports until it ends.</summary>
    void Run(Action<IProgress<StepProgress>> work);
}
