using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>Replaces classifiers in place.</summary>
internal static class Classifier
{
    /// <summary>
    /// A linear layer with PyTorch's default initialisation, on a tensor's device and of its type, in the owner's mode;
    /// null for no classes.
    /// </summary>
    public static Linear? Like(Tensor sample, long features, long classes, bool train)
    {
        if (classes == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var linear = Linear(features, classes, device: sample.device, dtype: sample.dtype);
        linear.train(train);
        return linear;
    }

    /// <summary>Checks a number of classes.</summary>
    public static void Require(long numClasses)
    {
        if (numClasses < 0)
        {
            throw new CassInputException($"The number of classes is {numClasses}; it must be at least 0 (0 for no classifier).");
        }
    }
}
