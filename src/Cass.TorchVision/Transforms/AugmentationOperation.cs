namespace Cass.TorchVision;

/// <summary>What automatic augmentations do to an image; the names are torchvision's.</summary>
internal enum AugmentationOperation
{
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
    Invert,
}
