using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// How often each true class was predicted as each class, for single-label data; the predicted class is the one of the
/// highest score.
/// </summary>
/// <remarks>
/// <see cref="Metric.Compute"/> gives the accuracy, the share of samples on the diagonal. The state is one Int64 count a
/// pair of classes: 8 bytes · classes², 800 MB for 10,000 classes.
/// </remarks>
/// <param name="scores">What the scores mean; probabilities by default.</param>
public sealed class ConfusionMatrix(ScoreKind scores = ScoreKind.Probabilities) : Metric("confusion matrix", scores, singleLabel: true)
{
    private const string CountsState = "counts";
    private readonly ScoreKind scores = scores;

    private protected override object Settings => scores;

    /// <summary>The counts.</summary>
    /// <returns>[true class, predicted class].</returns>
    /// <exception cref="InvalidOperationException">Nothing has been added since the last reset.</exception>
    public long[,] Counts()
    {
        RequireReadable();
        using var scope = NewDisposeScope();
        var values = State(CountsState).cpu().data<long>().ToArray();
        var counts = new long[Classes, Classes];
        Buffer.BlockCopy(values, 0, counts, 0, values.Length * sizeof(long));
        return counts;
    }

    /// <summary>The counts as shares.</summary>
    /// <param name="normalization">What each cell is divided by.</param>
    /// <param name="zeroDivision">What a cell is whose row or column is empty; 0 by default.</param>
    /// <returns>[true class, predicted class].</returns>
    /// <exception cref="InvalidOperationException">Nothing has been added since the last reset.</exception>
    public double[,] Shares(ConfusionNormalization normalization, ZeroDivision zeroDivision = ZeroDivision.Zero)
    {
        var counts = Counts();
        var classes = counts.GetLength(0);
        var rows = new long[classes];
        var columns = new long[classes];
        for (var i = 0; i < classes; i++)
        {
            for (var j = 0; j < classes; j++)
            {
                rows[i] += counts[i, j];
                columns[j] += counts[i, j];
            }
        }

        var shares = new double[classes, classes];
        for (var i = 0; i < classes; i++)
        {
            for (var j = 0; j < classes; j++)
            {
                shares[i, j] = zeroDivision.Divide(counts[i, j], normalization switch
                {
                    ConfusionNormalization.Truth => rows[i],
                    ConfusionNormalization.Prediction => columns[j],
                    ConfusionNormalization.All => Samples,
                    _ => throw new ArgumentOutOfRangeException(nameof(normalization), normalization, $"'{normalization}' is not Truth, Prediction or All."),
                });
            }
        }

        return shares;
    }

    private protected override IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice)
    {
        yield return (CountsState, zeros(classes * classes, ScalarType.Int64, stateDevice));
    }

    private protected override void Accumulate(Tensor scores, Tensor labels)
    {
        // Not bincount: on a GPU it looks at its values, for which the host would have to wait.
        var truth = labels.to(ScalarType.Byte).argmax(1);
        var cells = truth.mul_(KeptScalar.Of(scores.shape[1])).PlusInPlace(scores.argmax(1));
        State(CountsState).index_add_(0, cells, ones_like(cells), KeptScalar.One);
    }

    private protected override double ComputeFigure()
    {
        using var matrix = State(CountsState).view(Classes, Classes);
        return matrix.diagonal().sum().ReadInt64() / (double)Samples;
    }
}
