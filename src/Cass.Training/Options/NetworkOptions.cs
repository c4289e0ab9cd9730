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
    [System.ComponentModel.DataAnnotations.Range(0, 1_000_000)]
    public int NumClasses { get; set; } = 1000;

    IEnumerable<string> IRelatedSettings.Failures(string path) =>
    [
        .. string.IsNullOrWhiteSpace(Name) ? [$"{path}Name is not set; it needs the name of a network in timm, such as resnet50."] : Array.Empty<string>(),
        .. OptionsRules.BlankPath($"{path}Weights", Weights),
    ];
}
