namespace Cass.Models;

/// <summary>How a backbone differs from the published network of its name. Every default is timm's.</summary>
public sealed class BackboneOptions
{
    /// <summary>Number of classes, 0 for no classifier; null for the published number, 1000 for most. Default null.</summary>
    public long? NumClasses { get; set; }

    /// <summary>Channels of the input images, at least 1; timm's <c>in_chans</c>. Default 3.</summary>
    public int InputChannels { get; set; } = 3;

    /// <summary>
    /// Height of the input images in pixels; null for the published one. Transformers are built for one size, and take
    /// others only with <see cref="DynamicImageSize"/>; convolutional networks take any. Default null.
    /// </summary>
    public int? ImageHeight { get; set; }

    /// <summary>Width of the input images in pixels; null for the published one. Default null.</summary>
    public int? ImageWidth { get; set; }

    /// <summary>
    /// True for a ViT, DeiT or Swin that takes images of any height and width that are multiples of its patch, as multi-crop
    /// training needs; false for one that takes images of <see cref="ImageHeight"/> × <see cref="ImageWidth"/> alone. timm's
    /// <c>dynamic_img_size</c>, for Swin <c>strict_img_size=False</c>. Default false.
    /// </summary>
    /// <remarks>
    /// A ViT resamples its position embedding in each pass (see <see cref="PositionEmbedding.Resize"/>, with antialiasing); a
    /// Swin pads its maps to whole windows (see <see cref="SwinTransformer"/>). The weights, and the results for the size that
    /// the network is built for, are the same as without. A ResNet or ConvNeXt takes any size anyway, and ignores this.
    /// </remarks>
    public bool DynamicImageSize { get; set; }

    /// <summary>
    /// Dropout probability in [0, 1): before the classifier of a convolutional network; in a transformer after the
    /// position embedding, each attention and each MLP layer, as timm's <c>drop_rate</c>. Null for the network's own: 0 in all
    /// of timm's. Default null.
    /// </summary>
    public double? DropRate { get; set; }

    /// <summary>
    /// Stochastic depth (Huang et al. 2016) of the last block, in [0, 1), rising linearly from 0 at the first; timm's
    /// <c>drop_path_rate</c>. Null for the family's own: 0.1 for Swin, 0 for the others. Default null.
    /// </summary>
    public double? DropPathRate { get; set; }

    /// <summary>How features are pooled; null for the family's own. Default null.</summary>
    public GlobalPooling? GlobalPooling { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="CassInputException">An option is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(NumClasses is null or >= 0, nameof(NumClasses), NumClasses, "at least 0 (0 for no classifier)");
        Require(InputChannels >= 1, nameof(InputChannels), InputChannels, "at least 1");
        Require(ImageHeight is null or >= 1, nameof(ImageHeight), ImageHeight, "at least 1");
        Require(ImageWidth is null or >= 1, nameof(ImageWidth), ImageWidth, "at least 1");
        Require(DropRate is null or (>= 0 and < 1), nameof(DropRate), DropRate, "at least 0 and below 1");
        Require(DropPathRate is null or (>= 0 and < 1), nameof(DropPathRate), DropPathRate, "at least 0 and below 1");
        Require(GlobalPooling is null || Enum.IsDefined(GlobalPooling.Value), nameof(GlobalPooling), GlobalPooling, "one of the named values");
    }

    internal BackboneOptions Clone() => (BackboneOptions)MemberwiseClone();

    private static void Require(bool holds, string option, object? value, string range)
    {
        if (!holds)
        {
            throw new CassInputException($"BackboneOptions.{option} is {value}; it must be {range}.");
        }
    }
}
