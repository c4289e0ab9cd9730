using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>Exchanges the classifier of a network, which is all that <see cref="Backbone.ResetClassifier"/> has to do.</summary>
/// <remarks>
/// TorchSharp registers a module under a name once: to assign the field, or to call <c>register_module</c> a second time, is not enough, and the latter fails with
/// <em>Sub-module fc is already registered</em>. The name has to be given up first.
/// </remarks>
/// <example><code>
/// private Linear? fc;
///
/// public override long NumClasses =&gt; fc?.out_features ?? 0;
///
/// public override void ResetClassifier(long numClasses) =&gt; fc = ClassifierLayer.Replace(this, nameof(fc), fc, numClasses);
/// </code></example>
public static class ClassifierLayer
{
    /// <summary>
    /// Puts a new linear layer in the place of a network's classifier, under the same name: from <see cref="Backbone.NumFeatures"/> to
    /// <paramref name="numClasses"/>, with PyTorch's default initialisation drawn from torch's global generator, on the device, of the type and
    /// in the mode of the network. The old layer is disposed.
    /// </summary>
    /// <param name="network">The network; it has at least one parameter besides the classifier.</param>
    /// <param name="name">What the classifier is registered as: the name of its field, unless the network registers it by another. It has no dot.</param>
    /// <param name="present">The classifier so far; null where there is none.</param>
    /// <param name="numClasses">Number of classes, at least 0; 0 for no classifier.</param>
    /// <returns>The new layer, for the network to keep; null for no classes.</returns>
    /// <exception cref="CassInputException">The number of classes is negative.</exception>
    /// <exception cref="ArgumentException">The name has a dot, or another module than <paramref name="present"/> is registered under it.</exception>
    public static Linear? Replace(Backbone network, string name, Linear? present, long numClasses)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Require(numClasses);
        RequireRegistered(network, name, present);
        var sample = network.named_parameters().First(p => !p.name.StartsWith(name + ".", StringComparison.Ordinal)).parameter;
        var replacement = Like(sample, network.NumFeatures, numClasses, network.training);

        // Null gives the name up, and registers nothing where there is no replacement.
        network.register_module(name, null!);
        present?.Dispose();
        network.register_module(name, replacement!);
        return replacement;
    }

    /// <summary>
    /// A linear layer with PyTorch's default initialisation, on a tensor's device and of its type, in the owner's mode;
    /// null for no classes.
    /// </summary>
    internal static Linear? Like(Tensor sample, long features, long classes, bool train)
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
    internal static void Require(long numClasses)
    {
        if (numClasses < 0)
        {
            throw new CassInputException($"The number of classes is {numClasses}; it must be at least 0 (0 for no classifier).");
        }
    }

    private static void RequireRegistered(Backbone network, string name, Linear? present)
    {
        if (name.Contains('.', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The name '{name}' has a dot: the classifier is a module of a module. Replace it where it is registered.", nameof(name));
        }

        var registered = network.named_children().FirstOrDefault(child => string.Equals(child.name, name, StringComparison.Ordinal)).module;
        if (!ReferenceEquals(registered, present))
        {
            throw new ArgumentException(
                registered is null
                    ? $"{network.ModelName} has no module registered as '{name}', but a classifier to replace; give the name that it is registered by."
                    : $"{network.ModelName} has another module registered as '{name}' than the classifier to replace; give the classifier, and the name that it is registered by.",
                nameof(name));
        }
    }
}
