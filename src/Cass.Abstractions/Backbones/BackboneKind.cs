namespace Cass;

/// <summary>The family of architectures that a backbone belongs to. CASS pairs one of each.</summary>
public enum BackboneKind
{
    /// <summary>A convolutional network (CNN), such as ResNet.</summary>
    Convolutional,

    /// <summary>A vision transformer, such as ViT.</summary>
    Transformer,
}
