using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// A metric over the predicted and the true class of each sample, for single-label data: balanced accuracy, Matthews
/// correlation, Cohen's kappa. The predicted class is the one of the highest score.
/// </summary>
/// <remarks>
/// State: three Int64 counts a class, so that 10,000 classes take 240 kB where a confusion matrix takes 800 MB.
/// </remarks>
public abstract class SingleLabelMetric : Metric
{
    private const string CountsState = "counts";
    private readonly ScoreKind scores;

    private protected SingleLabelMetric(string name, ScoreKind scores, ZeroDivision zeroDivision)
        : base(name, scores, singleLabel: true)
    {
        _ = zeroDivision.Value();
        this.scores = scores;
        ZeroDivision = zeroDivision;
    }

    /// <summary>What the figure is where it divides zero by zero.</summary>
    public ZeroDivision ZeroDivision { get; }

    private protected override object Settings => (scores, ZeroDivision);

    private protected override IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice)
    {
        yield return (CountsState, zeros(3, classes, ScalarType.Int64, stateDevice));
    }

    private protected override void Accumulate(Tensor scores, Tensor labels)
    {
        var predicted = Labels.OneHot(scores.argmax(1), scores.shape[1]);
        State(CountsState).PlusInPlace(stack([predicted.bitwise_and(labels), predicted, labels]).sum(1));
    }

    private protected override double ComputeFigure()
    {
        var values = State(CountsState).cpu().data<long>().ToArray();
        var classes = (int)Classes;
        return Figure([.. Enumerable.Range(0, classes).Select(c => new LabelCounts(values[c], values[classes + c], values[(2 * classes) + c], Samples))]);
    }

    private protected abstract double Figure(LabelCounts[] counts);
}
