using Cass.Losses;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Makes the loss that the options name.</summary>
internal static class FineTuningLosses
{
    /// <summary>The activation that goes with a loss.</summary>
    public static OutputActivation Activation(this FineTuningLoss loss) => loss == FineTuningLoss.Focal ? OutputActivation.Sigmoid : OutputActivation.Softmax;

    /// <summary>Makes it.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="weights">Weights of the classes; all the same where null.</param>
    /// <param name="reduction">Mean over the batch by default; None keeps [batch, classes] of <see cref="FineTuningLoss.Focal"/>, [batch] of the others.</param>
    /// <returns>A loss of logits and of targets in [0, 1], both [batch, classes].</returns>
    public static nn.Module<Tensor, Tensor, Tensor> Create(FineTuningOptions options, IReadOnlyList<double>? weights, nn.Reduction reduction = nn.Reduction.Mean) => options.Loss switch
    {
        FineTuningLoss.CrossEntropy => new SoftmaxFocalLoss(gamma: 0, weights, reduction),
        FineTuningLoss.SoftmaxFocal => new SoftmaxFocalLoss(options.FocalGamma, weights, reduction, alpha: options.FocalAlpha),
        _ => new FocalLoss(options.FocalAlpha, options.FocalGamma, weights, options.FocalForm, reduction: reduction),
    };
}
