using Cass.Metrics;
using Cass.Training;
using static TorchSharp.torch;

namespace CrossValidation;

/// <summary>What one learning rate reached on the folds, each scored by the network that was trained on the others.</summary>
internal sealed class FoldScores : IDisposable
{
    private readonly Tensor probabilities;
    private readonly Tensor targets;
    private readonly IReadOnlyList<string?> patients;

    /// <param name="rate">The learning rate.</param>
    /// <param name="folds">The scores of each fold, which are disposed.</param>
    public FoldScores(double rate, IReadOnlyList<ImageScores> folds)
    {
        Rate = rate;
        OfFolds = [.. folds.Select(fold => Accuracy(fold.Probabilities, fold.Targets))];
        probabilities = cat([.. folds.Select(fold => fold.Probabilities)]);
        targets = cat([.. folds.Select(fold => fold.Targets)]);
        patients = [.. folds.SelectMany(fold => fold.Groups!)];
        foreach (var fold in folds)
        {
            fold.Dispose();
        }
    }

    public double Rate { get; }

    public IReadOnlyList<double> OfFolds { get; }

    public double Mean => OfFolds.Average();

    /// <summary>Both rates on the images of all folds, with the same patients drawn for both.</summary>
    public PairedComparison Against(FoldScores other) =>
        PairedComparison.Of(() => new Accuracy(), probabilities, other.probabilities, targets, patients);

    public void Dispose()
    {
        probabilities.Dispose();
        targets.Dispose();
    }

    private static double Accuracy(Tensor probabilities, Tensor targets)
    {
        using var accuracy = new Accuracy();
        accuracy.Update(probabilities, targets);
        return accuracy.Compute();
    }
}
