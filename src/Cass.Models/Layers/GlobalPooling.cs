namespace Cass.Models;

/// <summary>How the feature map or token sequence becomes one vector; timm's <c>global_pool</c>.</summary>
public enum GlobalPooling
{
    /// <summary>The mean over all positions; timm's <c>avg</c>. Default of ResNet, ConvNeXt and Swin.</summary>
    Average,

    /// <summary>The maximum over all positions; timm's <c>max</c>. Convolutional networks only.</summary>
    Maximum,

    /// <summary>Half the sum of mean and maximum; timm's <c>avgmax</c>. Convolutional networks only.</summary>
    AverageMaximum,

    /// <summary>Mean and maximum side by side, twice as many features; timm's <c>catavgmax</c>. Convolutional networks only.</summary>
    ConcatenatedAverageMaximum,

    /// <summary>The class token; timm's <c>token</c>. Vision transformers only, and their default.</summary>
    Token,
}
