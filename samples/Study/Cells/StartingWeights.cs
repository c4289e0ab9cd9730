namespace Study.Cells;

/// <summary>What the convolutional network starts from.</summary>
internal enum StartingWeights
{
    Random,
    ImageNet,
}
