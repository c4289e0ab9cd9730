using System.ComponentModel.DataAnnotations;
using Cass.Models;

namespace Cass.Training;

/// <summary>One of the two networks.</summary>
public sealed class NetworkOptions : IRelatedSettings
{
    /// <summary>Its name in timm, such as <c>resnet50</c>.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>A file of weights to start from; null for random ones.</summary>
    public string? Weights { get; set; }

    /// <summary>
    /// Outputs of the network in pretraining. Default 1000, the ImageNet head that the publication keeps and compares.
    /// </summary>
    [Range(0, 1_000_000)]
    public int NumClasses { get; set; } = 1000;

    /// <summary>Dropout probability in training, where the network's family has it: <see cref="BackboneOptions.DropRate"/>. Default null: the network's own, which is 0 in all of timm's.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? DropRate { get; set; }

    /// <summary>Stochastic depth of the last block in training: <see cref="BackboneOptions.DropPathRate"/>. Default null: the family's own.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? DropPathRate { get; set; }

    /// <summary>How features are pooled over the image. Default null: the family's own.</summary>
    public GlobalPooling? GlobalPooling { get; set; }

    /// <summary>
    /// Whether a transformer takes images of other sizes than <see cref="ImageOptions.Height"/> too, as methods with small crops need:
    /// <see cref="BackboneOptions.DynamicImageSize"/>. Default false.
    /// </summary>
    public bool DynamicImageSize { get; set; }

    IEnumerable<string> IRelatedSettings.Failures(string path) =>
    [
        .. string.IsNullOrWhiteSpace(Name) ? [$"{path}Name is not set; it needs the name of a network in timm, such as resnet50."] : Array.Empty<string>(),
        .. OptionsRules.BlankPath($"{path}Weights", Weights),
    ];
}
