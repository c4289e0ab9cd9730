namespace Study.BreastMnist;

/// <summary>What is measured on BreastMNIST.</summary>
/// <param name="Data">A folder with train, val and test, each with a folder for each class.</param>
/// <param name="Output">Where results and checkpoints go.</param>
/// <param name="Seeds">One run each.</param>
/// <param name="PretrainingEpochs">Epochs of CASS on the training images before; 0 for none.</param>
/// <param name="Epochs">Epochs of supervised training; 100 as published.</param>
internal sealed record BreastMnistSettings(string Data, string Output, IReadOnlyList<long> Seeds, int PretrainingEpochs, int Epochs);
