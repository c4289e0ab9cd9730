using System.ComponentModel.DataAnnotations;

namespace GenericHost;

/// <summary>What is trained on, and where the result goes: the section <c>Data</c> of the configuration.</summary>
internal sealed class DataOptions
{
    /// <summary>A folder with one sub-folder of images for each class; null for phantoms.</summary>
    public string? Folder { get; set; }

    /// <summary>Phantom patients to draw where there is no folder.</summary>
    [Range(16, 100_000)]
    public int PhantomPatients { get; set; } = 40;

    /// <summary>Share of the patients to test on.</summary>
    [Range(0.05, 0.5)]
    public double TestFraction { get; set; } = 0.25;

    /// <summary>Folder to save the classifier in.</summary>
    [Required]
    public string Classifier { get; set; } = string.Empty;
}
