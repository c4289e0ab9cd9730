namespace Cass.ML;

/// <summary>Which networks of a pair are fine-tuned, and predict or embed.</summary>
public enum CassNetworks
{
    /// <summary>Both: the mean of their probabilities, or their embeddings one after the other.</summary>
    Both,

    /// <summary>The convolutional network alone; the transformer teaches it in pretraining.</summary>
    Cnn,

    /// <summary>The transformer alone; the convolutional network teaches it in pretraining.</summary>
    Transformer,
}
