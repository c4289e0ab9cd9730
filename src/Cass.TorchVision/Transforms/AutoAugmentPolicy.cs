namespace Cass.TorchVision;

/// <summary>The images that an AutoAugment policy was found on.</summary>
public enum AutoAugmentPolicy
{
    /// <summary>ImageNet.</summary>
    ImageNet,

    /// <summary>CIFAR-10.</summary>
    Cifar10,

    /// <summary>Street View House Numbers.</summary>
    Svhn,
}
