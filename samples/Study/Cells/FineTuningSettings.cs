namespace Study.Cells;

/// <summary>Which settings of fine-tuning a cell has.</summary>
internal enum FineTuningSettings
{
    /// <summary>The library's defaults, the same after every method; the weights of the last epoch.</summary>
    Common,

    /// <summary>Those of the method's recipe, which the validation images select an epoch for.</summary>
    Recipe,
}
