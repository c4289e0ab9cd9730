using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>Moves parameters along their gradients.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>The learning rate of the next step, before each group's own scale.</summary>
    double LearningRate { get; set; }

    /// <summary>What each group's weight decay is multiplied with in the next step, at least 0. Default 1.</summary>
    double WeightDecayScale { get; set; }

    /// <summary>Applies one step to every parameter that has a gradient.</summary>
    void Step();

    /// <summary>Scales all gradients together down to a norm, where theirs is larger (Pascanu et al. 2013).</summary>
    /// <param name="maxNorm">The largest norm allowed, above 0.</param>
    /// <returns>The norm that they had.</returns>
    double ClipGradients(double maxNorm);

    /// <summary>The Euclidean norm of all gradients together; 0 where there are none. Waits for the device.</summary>
    /// <returns>The norm.</returns>
    double GradientNorm();

    /// <summary>Clears the gradients.</summary>
    void ZeroGrad();

    /// <summary>What the optimiser remembers between steps, by name, for checkpoints: the tensors themselves, not copies.</summary>
    IEnumerable<KeyValuePair<string, Tensor>> State { get; }
}
