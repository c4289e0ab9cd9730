using System.Collections.Concurrent;
using System.Collections.Frozen;
using TorchSharp;

namespace Cass.Models;

/// <summary>
/// The backbones that can be made by name: timm's ResNet, ViT, DeiT, ConvNeXt and Swin, and those that
/// <c>Register</c> adds to this registry.
/// </summary>
/// <remarks>
/// Whoever has networks of its own makes a registry, and gives it to what makes networks by name: a trainer's builder,
/// <see cref="BackboneFolder.Load"/> and the loading of a saved classifier. Registries know nothing of one another, so
/// that two parts of a program may give one name to different networks. Thread-safe.
/// </remarks>
public sealed class BackboneRegistry
{
    private static readonly FrozenDictionary<string, BackboneDefinition> Published = ResNet.Definitions
        .Concat(VisionTransformer.Definitions)
        .Concat(ConvNeXt.Definitions)
        .Concat(SwinTransformer.Definitions)
        .ToFrozenDictionary(definition => definition.Name, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, BackboneDefinition> own = new(StringComparer.Ordinal);

    /// <summary>Makes a registry of timm's names and <c>resnet20</c>, to which others can be added.</summary>
    public BackboneRegistry()
        : this(isReadOnly: false)
    {
    }

    private BackboneRegistry(bool isReadOnly) => IsReadOnly = isReadOnly;

    /// <summary>
    /// timm's names, and <c>resnet20</c>, whose ImageNet weights NuGet serves (<see cref="NuGetWeights"/>): what is used wherever no registry is given. It is read-only.
    /// </summary>
    public static BackboneRegistry Default { get; } = new(isReadOnly: true);

    /// <summary>Whether <c>Register</c> is refused, as by <see cref="Default"/>, which the whole process shares.</summary>
    public bool IsReadOnly { get; }

    /// <summary>All names, sorted.</summary>
    public IReadOnlyList<string> Names => [.. Published.Keys.Concat(own.Keys).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Makes a backbone with random weights, drawn as timm draws them from torch's global generator
    /// (<c>torch.random.manual_seed</c>), on the CPU, in float32 and in training mode.
    /// </summary>
    /// <param name="name">timm's name, such as <c>resnet50</c>; a training tag after a dot is understood. Or a name that was added.</param>
    /// <param name="options">How it differs from the published network; null for not at all.</param>
    /// <returns>The backbone; the caller disposes it.</returns>
    /// <exception cref="UnknownBackboneException">No backbone of that name is registered; the message suggests near ones.</exception>
    /// <exception cref="CassInputException">An option is out of range or does not fit the architecture.</exception>
    public Backbone Create(string name, BackboneOptions? options = null) => Create(name, options, configuration => configuration);

    /// <summary>Makes a backbone whose configuration is changed last.</summary>
    internal Backbone Create(string name, BackboneOptions? options, Func<BackboneConfiguration, BackboneConfiguration> change)
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

    /// <summary>The default configuration of a backbone, without building it.</summary>
    /// <param name="name">A name as <see cref="Create(string, BackboneOptions?)"/> takes it.</param>
    /// <returns>Input size, normalisation and names of the first convolution and the classifier.</returns>
    /// <exception cref="UnknownBackboneException">No backbone of that name is registered.</exception>
    public BackboneConfiguration Configuration(string name) => Find(name).Configuration;

    /// <summary>The training tags under which timm publishes weights of a backbone: <c>a1_in1k</c> of <c>resnet50.a1_in1k</c>.</summary>
    /// <param name="name">A registered name, without a tag.</param>
    /// <returns>The tags, sorted; empty for a backbone without published weights.</returns>
    /// <exception cref="UnknownBackboneException">No backbone of that name is registered.</exception>
    public IReadOnlyList<string> Tags(string name)
    {
        Find(name);
        return PublishedWeights.TagsOf(name);
    }

    /// <summary>Adds a backbone that is made from options alone.</summary>
    /// <param name="name">The new name; it must not be in this registry yet, and has no dot.</param>
    /// <param name="factory">Builds the backbone. Its options are validated; what they do not concern may be ignored.</param>
    /// <param name="configuration">What <see cref="Configuration"/> answers for it; the backbone's own configuration may differ with its options.</param>
    /// <returns>This registry.</returns>
    /// <exception cref="ArgumentException">The name is empty, contains a dot or is taken.</exception>
    /// <exception cref="InvalidOperationException">The registry is read-only.</exception>
    public BackboneRegistry Register(string name, Func<BackboneOptions, Backbone> factory, BackboneConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return Register(
            name,
            configuration ?? new BackboneConfiguration(224, 224, 3, Normalization.ImageNetMean, Normalization.ImageNetStd, 0.875, "bilinear", string.Empty, []),
            (_, options) => factory(options));
    }

    /// <summary>Adds a backbone that is made as timm's are: from its configuration as the options change it.</summary>
    /// <param name="name">The new name; it must not be in this registry yet, and has no dot.</param>
    /// <param name="configuration">Its configuration where the options change nothing.</param>
    /// <param name="factory">
    /// Builds the backbone from its configuration, which has the options' image size and channels already, and the options,
    /// which are validated. Only a backbone whose <see cref="Backbone.ModelName"/> is <paramref name="name"/> is found again
    /// when it has been saved.
    /// </param>
    /// <returns>This registry.</returns>
    /// <exception cref="ArgumentException">The name is empty, contains a dot or is taken.</exception>
    /// <exception cref="InvalidOperationException">The registry is read-only.</exception>
    public BackboneRegistry Register(string name, BackboneConfiguration configuration, Func<BackboneConfiguration, BackboneOptions, Backbone> factory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(factory);
        if (IsReadOnly)
        {
            throw new InvalidOperationException(
                $"'{name}' cannot be added to BackboneRegistry.Default, which the whole process shares; make a registry with new BackboneRegistry(), and pass it where networks are made.");
        }

        if (name.Contains('.', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The backbone name '{name}' contains a dot, which begins a training tag; use another character.", nameof(name));
        }

        if (Published.ContainsKey(name) || !own.TryAdd(name, new BackboneDefinition(name, configuration, factory)))
        {
            throw new ArgumentException($"A backbone named '{name}' is in this registry already; choose another name.", nameof(name));
        }

        return this;
    }

    private (BackboneDefinition Definition, BackboneConfiguration Configuration) Find(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var model = dot < 0 ? name : name[..dot];
        if (!Published.TryGetValue(model, out var definition) && !own.TryGetValue(model, out definition))
        {
            var names = Names;
            throw new UnknownBackboneException(
                name,
                NearestNames.Of(model, names),
                $"There is no backbone named '{model}'{NearestNames.Suggest(model, names, otherwise: ";")} BackboneRegistry.Names lists all.");
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
