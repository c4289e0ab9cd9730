namespace Cass;

/// <summary>Where a network's weights come from.</summary>
public enum WeightOrigin
{
    /// <summary>Drawn at random when the network was made.</summary>
    Random,

    /// <summary>Pretrained by CASS without labels, from random weights.</summary>
    SelfSupervised,

    /// <summary>Trained before: read from a file of weights, or fine-tuned on labels.</summary>
    Trained,
}
