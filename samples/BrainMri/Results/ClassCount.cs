namespace BrainMri.Results;

/// <summary>How many images of a class there are.</summary>
internal sealed record ClassCount(string Label, int Id, int Train, int Validation, int Test);
