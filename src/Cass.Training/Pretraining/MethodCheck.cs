using System.Text.Json.Nodes;
using Cass.Data;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>Holds a method against the contract of <see cref="ISelfSupervisedMethod"/>, before its first step.</summary>
internal sealed class MethodCheck
{
    private const string Path = "Method";

    private readonly ISelfSupervisedMethod method;

    /// <summary>Whether the method is the library's: its options can be described and do not change, and describing them takes tens of milliseconds of a program's start.</summary>
    private readonly bool isOwn;
    private readonly JsonNode? options;

    /// <summary>Checks a method, and notes the options of one that is not the library's.</summary>
    /// <param name="method">The method.</param>
    /// <param name="settings">The settings that it is to be trained with.</param>
    /// <exception cref="InvalidOptionsException">Options are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">The method cannot be trained; the message names what is wrong, and the remedy.</exception>
    public MethodCheck(ISelfSupervisedMethod method, PretrainingOptions settings)
    {
        this.method = method;
        isOwn = method.GetType().Assembly == typeof(MethodCheck).Assembly;
        options = CheckedOptions();
        Parts();
        TrainedOnce();
        Groups(settings.Optimizer);
        Backbones();
    }

    /// <summary>The method's options as a checkpoint has them; null where there are none.</summary>
    /// <exception cref="CassInputException">An option cannot be compared with that of a checkpoint; the message names it.</exception>
    public static JsonNode? Describe(ISelfSupervisedMethod method)
    {
        try
        {
            return OptionsDescription.Of(method.Options, Path);
        }
        catch (CassInputException error)
        {
            throw new CassInputException($"An option of {method.Name} cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Checks that the options are still those that were checked, and that checkpoints can hold what the method remembers.</summary>
    public void BeforeRun()
    {
        var now = CheckedOptions();
        if (SettingDifferences.Between(new JsonObject { [Path] = options?.DeepClone() }, new JsonObject { [Path] = now }) is { Count: > 0 } changed)
        {
            throw Refusal($"has other options than when its pretrainer was made: {string.Join("; ", changed)}. Make a pretrainer for these, and have the method copy its options when it is made ({nameof(OptionsCopy)}.{nameof(OptionsCopy.Of)})");
        }

        RequireTrainable(method.Parts);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, tensor) in method.State ?? throw Refusal($"gives null for {nameof(ISelfSupervisedMethod.State)}; give an empty list where there is none"))
        {
            if (tensor is null || tensor.IsInvalid)
            {
                throw Refusal($"remembers '{name}', a tensor that is null or disposed; one that is made within a dispose scope is kept by DetachFromDisposeScope");
            }

            if (!names.Add(name))
            {
                throw Refusal($"remembers two tensors called '{name}', by which checkpoints could not tell them apart; give each a name of its own");
            }
        }
    }

    /// <summary>Refuses views that no batch can be made of.</summary>
    public IReadOnlyList<ImagePipeline> Views(IReadOnlyList<ImagePipeline>? views) => views is { Count: > 0 } && !views.Contains(null!)
        ? views
        : throw Refusal($"makes no views: {nameof(ISelfSupervisedMethod.CreateViews)} is to return at least one pipeline, and no null");

    private static string NameOf(Module module) => module is Backbone backbone ? $"network {backbone.ModelName}" : $"module {module.GetName()}";

    private JsonNode? CheckedOptions()
    {
        if (method.Options is { } present)
        {
            OptionsRules.ThrowIfInvalid(present, Path);
        }

        return isOwn ? null : Describe(method);
    }

    private void Parts()
    {
        if (method.Parts is not { Count: > 0 } parts)
        {
            throw Refusal($"has nothing to train: {nameof(ISelfSupervisedMethod.Parts)} is empty");
        }

        foreach (var part in parts)
        {
            if (part is null || string.IsNullOrWhiteSpace(part.Name) || part.Modules is not { Count: > 0 } modules || part.Teachers is null || modules.Concat(part.Teachers).Contains(null!))
            {
                throw Refusal($"has a part {(part is null ? "that is null" : $"'{part.Name}' without a name, without modules, or with a module that is null")}; name each part, and what it trains");
            }
        }

        RequireTrainable(parts);
        if (parts.CountBy(part => part.Name, StringComparer.Ordinal).FirstOrDefault(name => name.Value > 1).Key is { } twice)
        {
            throw Refusal($"has two parts called '{twice}', by which checkpoints could not tell them apart; give each a name of its own");
        }
    }

    private void RequireTrainable(IReadOnlyList<TrainablePart> parts)
    {
        if (parts.FirstOrDefault(part => !part.Modules.SelectMany(module => module.parameters()).Any(parameter => parameter.requires_grad)) is { } still)
        {
            throw Refusal($"has nothing to train in its part '{still.Name}': none of its modules ({string.Join(", ", still.Modules.Select(module => module is Backbone backbone ? backbone.ModelName : module.GetType().Name))}) has a parameter that requires a gradient. They are all frozen, have none, or were disposed");
        }
    }

    /// <summary>Refuses what two optimisers, or one of them twice a step, would move.</summary>
    private void TrainedOnce()
    {
        var modules = new Dictionary<Module, string>(ReferenceEqualityComparer.Instance);
        var parameters = new Dictionary<Parameter, string>(ReferenceEqualityComparer.Instance);
        foreach (var part in method.Parts)
        {
            foreach (var module in part.Modules)
            {
                if (!modules.TryAdd(module, part.Name))
                {
                    throw Twice($"the {NameOf(module)}", modules[module], part.Name);
                }

                foreach (var (name, parameter) in module.named_parameters().DistinctBy(p => p.parameter, ReferenceEqualityComparer.Instance))
                {
                    if (!parameters.TryAdd(parameter, part.Name))
                    {
                        throw Twice($"the parameter '{name}' of the {NameOf(module)}", parameters[parameter], part.Name);
                    }
                }
            }
        }

        foreach (var part in method.Parts)
        {
            if (part.Teachers.FirstOrDefault(modules.ContainsKey) is { } teacher)
            {
                throw Refusal($"has the {NameOf(teacher)} as a teacher in the part '{part.Name}' and trains it in the part '{modules[teacher]}'; a teacher is a copy ({nameof(Backbone)}.{nameof(Backbone.Copy)}), which the method moves alone");
            }
        }
    }

    private CassInputException Twice(string what, string first, string second) => Refusal(
        $"trains {what} twice in a step, in {(string.Equals(first, second, StringComparison.Ordinal) ? $"the part '{first}'" : $"the parts '{first}' and '{second}'")}; name it once, and give each part networks of its own ({nameof(Backbone)}.{nameof(Backbone.Copy)})");

    private void Groups(OptimizerOptions optimizer)
    {
        foreach (var part in method.Parts.Where(part => part.Groups is not null))
        {
            var own = part.Modules.SelectMany(module => module.parameters()).ToHashSet<Parameter>(ReferenceEqualityComparer.Instance);
            var (names, seen) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<Parameter>(ReferenceEqualityComparer.Instance));
            foreach (var group in OptimizerFactory.GroupsOf(part, optimizer) ?? throw Refusal($"returns null for {nameof(TrainablePart.Groups)} of the part '{part.Name}'; return its groups"))
            {
                Require(part, group.LearningRateScale, "a group with the scale of the learning rate", nameof(ParameterGroup.LearningRateScale));
                Require(part, group.WeightDecay, "a group with the weight decay", nameof(ParameterGroup.WeightDecay));
                foreach (var (name, parameter) in group.Parameters)
                {
                    if (!own.Contains(parameter))
                    {
                        throw Refusal($"has the parameter '{name}' in a group of the part '{part.Name}', but in none of its modules, so that no checkpoint would hold it; add its module to {nameof(TrainablePart.Modules)}");
                    }

                    if (!names.Add(name) || !seen.Add(parameter))
                    {
                        throw Refusal($"has the parameter '{name}' twice in the groups of the part '{part.Name}'; put each into one group, under a name of its own");
                    }
                }
            }
        }
    }

    private void Require(TrainablePart part, double value, string what, string setting)
    {
        if (!double.IsFinite(value) || value < 0)
        {
            throw Refusal(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"has in its part '{part.Name}' {what} {value}; it is a finite number of at least 0: mend {nameof(ParameterGroup)}.{setting}"));
        }
    }

    private void Backbones()
    {
        if (method.Backbones is not { Count: > 0 } backbones)
        {
            throw Refusal($"names no network to be kept: {nameof(ISelfSupervisedMethod.Backbones)} is empty");
        }

        var held = method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)).SelectMany(module => module.modules().Prepend(module)).ToHashSet<Module>(ReferenceEqualityComparer.Instance);
        foreach (var (name, backbone) in backbones)
        {
            if (backbone is null || !held.Contains(backbone))
            {
                throw Refusal($"keeps the network '{name}', which is in no part, so that it would be neither trained nor saved; add it to {nameof(TrainablePart.Modules)} of a part, or to {nameof(TrainablePart.Teachers)} if the method moves it by itself");
            }
        }
    }

    private CassInputException Refusal(string what) => new($"{method.Name} {what}.");
}
