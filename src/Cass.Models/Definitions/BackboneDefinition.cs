namespace Cass.Models;

/// <summary>What a family registers for one of its networks.</summary>
/// <param name="Name">timm's name.</param>
/// <param name="Configuration">timm's default configuration of it.</param>
/// <param name="Create">Builds it; the configuration passed has the options' image size and channels already.</param>
internal sealed record BackboneDefinition(
    string Name,
    BackboneConfiguration Configuration,
    Func<BackboneConfiguration, BackboneOptions, Backbone> Create);
