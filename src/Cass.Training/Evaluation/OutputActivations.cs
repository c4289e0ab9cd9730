using Cass.Metrics;
using Cass.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What follows from an activation.</summary>
internal static class OutputActivations
{
    /// <summary>How labels are predicted.</summary>
    public static DecisionRule Decision(this OutputActivation activation) => activation == OutputActivation.Softmax ? DecisionRule.Argmax : DecisionRule.Threshold;

    // Sigmoids nearer to 0 or 1 than this have infinite logits, and losses of those are not numbers.
    private const double Nearest = 1e-15;

    /// <summary>Probabilities of logits, [batch, classes]; those of a softmax in 32 bits at least, so that they add up to 1.</summary>
    public static Tensor Probabilities(this OutputActivation activation, Tensor logits)
    {
        if (activation == OutputActivation.Sigmoid)
        {
            return logits.sigmoid();
        }

        return logits.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? logits.softmax(1, ScalarType.Float32) : logits.softmax(1);
    }

    /// <summary>Logits, in float64, of the mean of several views' probabilities.</summary>
    /// <param name="activation">What makes probabilities of logits.</param>
    /// <param name="views">[batch, classes] each, at least one.</param>
    public static Tensor LogitsOfMean(this OutputActivation activation, IReadOnlyList<Tensor> views)
    {
        using var scope = NewDisposeScope();
        var mean = stack(views.Select(view => activation.Probabilities(view.to(ScalarType.Float64)))).mean([0]);
        var logits = activation == OutputActivation.Sigmoid ? mean.logit(Nearest) : mean.clamp_min(KeptScalar.Of(Nearest)).log();
        return logits.MoveToOuterDisposeScope();
    }
}
