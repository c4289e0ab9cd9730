using Cass.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What follows from an activation.</summary>
internal static class OutputActivations
{
    /// <summary>How labels are predicted.</summary>
    public static DecisionRule Decision(this OutputActivation activation) => activation == OutputActivation.Softmax ? DecisionRule.Argmax : DecisionRule.Threshold;

    /// <summary>Probabilities of logits, [batch, classes]; those of a softmax in 32 bits at least, so that they add up to 1.</summary>
    public static Tensor Probabilities(this OutputActivation activation, Tensor logits)
    {
        if (activation == OutputActivation.Sigmoid)
        {
            return logits.sigmoid();
        }

        return logits.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? logits.softmax(1, ScalarType.Float32) : logits.softmax(1);
    }
}
