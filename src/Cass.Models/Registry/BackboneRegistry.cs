using System.Collections.Concurrent;
using TorchSharp;

namespace Cass.Models;

/// <summary>
/// The backbones that can be made by name: timm's ResNet, ViT, DeiT, ConvNeXt and Swin, and those that a program adds.
/// </summary>
public static class BackboneRegistry
{
    private static readonly ConcurrentDictionary<string, BackboneDefinition> Definitions = new(
        ResNet.Definitions
            .Concat(VisionTransformer.Definitions)
            .Concat(ConvNeXt.Definitions)
            .Concat(SwinTransformer.Definitions)
            .Select(definition => KeyValuePair.Create(definition.Name, definition)),
        StringComparer.Ordinal);

    /// <summary>All registered names, sorted.</summary>
    public static IReadOnlyList<string> Names => [.. Definitions.Keys.Order(StringComparer.Ordinal)];

    /// <summary>
    /// Makes a backbone with random weights, drawn as timm draws them from torch's global generator
    /// (<c>torch.random.manual_seed</c>), on the CPU, in float32 and in training mode.
    /// </summary>
    /// <param name="name">timm's name, such as <c>resnet50</c>; a training tag after a dot is understood.</param>
    /// <param name="options">How it differs from the published network; null for not at all.</param>
    /// <returns>The backbone; the caller disposes it.</returns>
    /// <exception cref="UnknownBackboneException">No backbone of that name is registered; the message suggests near ones.</exception>
    /// <exception cref="CassInputException">An option is out of range or does not fit the architecture.</exception>
    public static Backbone Create(string name, BackboneOptions? options = null) => Create(name, options, configuration => configuration);

    /// <summary>Makes a backbone whose configuration is changed last.</summary>
    internal static Backbone Create(string name, BackboneOptions? options, Func<BackboneConfiguration, BackboneConfiguration> change)
    {
        var (definition, configuration) = Find(name);
        // The caller may change its options; the factory must not.
        options = options is null ? new BackboneOptions() : options.Clone();
        options.Validate();
        var changed = change(configuration with
        {
            InputHeight = options.ImageHeight ?? configuration.InputHeight,
            InputWidth = options.ImageWidth ?? configuration.InputWidth,
            InputChannels = options.InputChannels,
            Mean = Normalization.ForChannels(configuration.Mean, options.InputChannels),
            Std = Normalization.ForChannels(configuration.Std, options.InputChannels),
        });
        using var scope = torch.NewDisposeScope();
        var backbone = definition.Create(changed, options);
        foreach (var tensor in backbone.state_dict().Values)
        {
            tensor.DetachFromDisposeScope();
        }

        backbone.Factory = () => Create(name, options, change);
        return backbone;
    }

    /// <summary>The default configuration of a registered backbone, without building it.</summary>
    /// <param name="name">timm's name; a training tag after a dot is understood.</param>
    /// <returns>Input size, normalisation and names of the first convolution and the classifier.</returns>
    /// <exception cref="UnknownBackboneException">No backbone of that name is registered.</exception>
    public static BackboneConfiguration Configuration(string name) => Find(name).Configuration;

    /// <summary>The training tags under which timm publishes weights of a backbone: <c>a1_in1k</c> of <c>resnet50.a1_in1k</c>.</summary>
    /// <param name="name">timm's name, without a tag.</param>
    /// <returns>The tags, sorted; empty for a backbone without published weights.</returns>
    /// <exception cref="UnknownBackboneException">No backbone of that name is registered.</exception>
    public static IReadOnlyList<string> Tags(string name)
    {
        Find(name);
        return PublishedWeights.TagsOf(name);
    }

    /// <summary>Adds a backbone, to be made by name like timm's.</summary>
    /// <param name="name">The new name; it must not be registered yet, and has no dot.</param>
    /// <param name="factory">Builds the backbone. Its options are validated; what they do not concern may be ignored.</param>
    /// <param name="configuration">What <see cref="Configuration"/> answers for it; the backbone's own configuration may differ with its options.</param>
    /// <exception cref="ArgumentException">The name is empty, contains a dot or is taken.</exception>
    public static void Register(string name, Func<BackboneOptions, Backbone> factory, BackboneConfiguration? configuration = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(factory);
        if (name.Contains('.', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The backbone name '{name}' contains a dot, which begins a training tag; use another character.", nameof(name));
        }

        configuration ??= new BackboneConfiguration(
            224, 224, 3, Normalization.ImageNetMean, Normalization.ImageNetStd, 0.875, "bilinear", string.Empty, []);
        if (!Definitions.TryAdd(name, new BackboneDefinition(name, configuration, (_, options) => factory(options))))
        {
            throw new ArgumentException($"A backbone named '{name}' is registered already; choose another name.", nameof(name));
        }
    }

    private static (BackboneDefinition Definition, BackboneConfiguration Configuration) Find(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var model = dot < 0 ? name : name[..dot];
        if (!Definitions.TryGetValue(model, out var definition))
        {
            var suggestions = NearestNames.Of(model, Names);
            throw new UnknownBackboneException(name, suggestions, $"There is no backbone named '{model}'{NearestNames.Suggest(model, Names, otherwise: ";")} BackboneRegistry.Names lists all.");
        }

        if (dot < 0)
        {
            return (definition, definition.Configuration);
        }

        var tag = name[(dot + 1)..];
        if (PublishedWeights.Configure(definition.Configuration, model, tag) is { } configuration)
        {
            return (definition, configuration);
        }

        var tags = PublishedWeights.TagsOf(model);
        var near = NearestNames.Of(tag, tags);
        throw new UnknownBackboneException(
            name,
            [.. near.Select(t => $"{model}.{t}")],
            $"'{model}' has no weights tagged '{tag}'{NearestNames.Suggest(tag, tags, otherwise: ";")} BackboneRegistry.Tags(\"{model}\") lists all.");
    }
}
