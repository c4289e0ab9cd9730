using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Holds still what fine-tuning does not train: no gradient, and evaluation mode, so that batch norms keep their statistics.</summary>
internal sealed class StageFreezing : IDisposable
{
    private readonly HashSet<string> frozen;
    private readonly Backbone network;

    public StageFreezing(Backbone network, FineTuningOptions options)
    {
        this.network = network;
        if (Problem(network, options) is { } problem)
        {
            throw new CassInputException(problem);
        }

        frozen = Frozen(network, options);
        SetGradients(required: false);
    }

    /// <summary>What is wrong with the settings for a network, as a sentence; null where nothing is.</summary>
    public static string? Problem(Backbone network, FineTuningOptions options) => Body(network).Count is var stages && Trained(stages, options) > stages
        ? $"FineTuning.TrainedStages is {options.TrainedStages}, but {network.ModelName} has {stages} stages besides the classifier; lower it, or set FineTuning.Scope to {nameof(FineTuningScope.Full)}."
        : null;

    /// <summary>Whether fine-tuning trains a batch norm of a network, which then learns from the statistics of each batch.</summary>
    public static bool TrainsBatchNorm(Backbone network, FineTuningOptions options)
    {
        var held = Frozen(network, options);
        return network.named_modules().Any(named => named.module is BatchNorm && !IsFrozen(named.name, named.module, held));
    }

    private static HashSet<string> Frozen(Backbone network, FineTuningOptions options)
    {
        var body = Body(network);
        return [.. body.SkipLast(Trained(body.Count, options)).SelectMany(names => names)];
    }

    private static bool IsFrozen(string name, nn.Module module, HashSet<string> held)
    {
        var own = module.named_parameters().Select(p => $"{name}.{p.name}").ToList();
        return own.Count > 0 && own.TrueForAll(held.Contains);
    }

    private static int Trained(int stages, FineTuningOptions options) => options.Scope switch
    {
        FineTuningScope.Full => stages,
        FineTuningScope.LastStages => options.TrainedStages,
        _ => 0,
    };

    /// <summary>Puts the network into training mode, except for what is frozen.</summary>
    public void Train()
    {
        network.train();
        if (frozen.Count == 0)
        {
            return;
        }

        foreach (var (name, module) in network.named_modules())
        {
            if (IsFrozen(name, module, frozen))
            {
                module.eval();
            }
        }
    }

    public void Dispose() => SetGradients(required: true);

    /// <summary>The parameters before the classifier, stage by stage; a norm that is part of the head goes with the stage before it.</summary>
    private static List<List<string>> Body(Backbone network)
    {
        bool IsOfClassifier(string name) => network.Configuration.Classifiers.Any(classifier => name.StartsWith(classifier + ".", StringComparison.Ordinal));
        var body = new List<List<string>>();
        foreach (var stage in network.Stages)
        {
            if (body.Count > 0 && stage.ParameterNames.Any(IsOfClassifier))
            {
                body[^1].AddRange(stage.ParameterNames.Where(name => !IsOfClassifier(name)));
            }
            else
            {
                body.Add([.. stage.ParameterNames]);
            }
        }

        return body;
    }

    private void SetGradients(bool required)
    {
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (frozen.Contains(name))
            {
                parameter.requires_grad = required;
            }
        }
    }
}
