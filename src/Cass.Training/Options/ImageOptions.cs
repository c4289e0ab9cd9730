using System.ComponentModel.DataAnnotations;
using Cass.Data;

namespace Cass.Training;

/// <summary>The form in which images reach the networks.</summary>
public sealed class ImageOptions : IRelatedSettings
{
    /// <summary>Height in pixels; null for the network's own, of a pair the transformer's, such as 384 for <c>vit_base_patch16_384</c>.</summary>
    [Range(8, 16_384)]
    public int? Height { get; set; }

    /// <summary>Width in pixels; null for <see cref="Height"/> where that is set, else as for the height.</summary>
    [Range(8, 16_384)]
    public int? Width { get; set; }

    /// <summary>Mean of each channel of inputs in [0, 1], from 0 to 1. Default ImageNet's, which pretrained weights expect; the brain MRI's as published.</summary>
    [Required]
    public IReadOnlyList<double> Mean { get; set; } = [0.485, 0.456, 0.406];

    /// <summary>
    /// Standard deviation of each channel of inputs in [0, 1], from <see cref="ChannelStatistics.MinStd"/> to
    /// <see cref="ChannelStatistics.MaxStd"/>; 1 for a channel that is the same everywhere. Default ImageNet's; the brain MRI's as published.
    /// </summary>
    [Required]
    public IReadOnlyList<double> Std { get; set; } = [0.229, 0.224, 0.225];

    /// <summary>
    /// Whether the published training transform jitters colours before its affine step too. Default true; false in the
    /// authors' first release. Of fine-tuning; <see cref="CassMethodOptions.JitterBeforeAffine"/> is that of pretraining.
    /// </summary>
    public bool JitterBeforeAffine { get; set; } = true;

    IEnumerable<string> IRelatedSettings.Failures(string path)
    {
        const int Channels = 3;
        if (Mean is { Count: not Channels })
        {
            yield return $"{path}Mean has {Mean.Count} values; it needs {Channels}, one for each channel of red, green and blue. Repeat the value for grey images.";
        }

        if (Std is { Count: not Channels })
        {
            yield return $"{path}Std has {Std.Count} values; it needs {Channels}, one for each channel of red, green and blue. Repeat the value for grey images.";
        }

        if (Mean is { Count: Channels } && Std is { Count: Channels } && OutOfRange() is { } failure)
        {
            yield return $"{path}Mean and {path}Std cannot be used: {failure}";
        }
    }

    private string? OutOfRange()
    {
        try
        {
            _ = new ChannelStatistics(Mean, Std);
            return null;
        }
        catch (CassInputException error)
        {
            return error.Message;
        }
    }
}
