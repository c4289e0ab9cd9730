namespace Study.Cells;

/// <summary>What is scored: settings are chosen by the validation images, and what was chosen is scored once on those held out.</summary>
internal enum ScoredPart
{
    HeldOut,
    Validation,
}
