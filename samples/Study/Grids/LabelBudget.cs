namespace Study.Grids;

/// <summary>A share of the labels, in (0, 1], and the epochs of fine-tuning on it.</summary>
internal sealed record LabelBudget(double Fraction, int Epochs);
