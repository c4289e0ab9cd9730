namespace BrainMri.CommandLine;

/// <summary>Defaults chosen so that the run without arguments ends in about five minutes on two cores.</summary>
internal static class Defaults
{
    public const int Phantoms = 2000;
    public const int PretrainEpochs = 1;
    public const int FineTuneEpochs = 15;
    public const double LabelFraction = 0.1;

    /// <summary>There are fewer phantoms than a collection has images; a tenth of them would be too few to learn from.</summary>
    public const double PhantomLabelFraction = 0.5;

    /// <summary>Fewer passes over more labels: the transformer learns the phantoms in the same time, and by a safe margin.</summary>
    public const int PhantomFineTuneEpochs = 10;
}
