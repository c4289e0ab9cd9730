namespace Cass.Training;

/// <summary>
/// The networks of a <see cref="CassTrainer"/> after pretraining, and how it went. The networks are the trainer's own: they live
/// until the trainer is disposed, and fine-tuning works on copies of them.
/// </summary>
public sealed class PretrainedBackbones
{
    private readonly Backbone? cnn;
    private readonly Backbone? transformer;

    internal PretrainedBackbones(Backbone? cnn, Backbone? transformer, IReadOnlyList<PretrainingEpoch> history)
    {
        this.cnn = cnn;
        this.transformer = transformer;
        History = history;
    }

    /// <summary>The convolutional network.</summary>
    /// <exception cref="InvalidOperationException">The trainer has none.</exception>
    public Backbone Cnn => cnn ?? throw new InvalidOperationException("The trainer has no convolutional network.");

    /// <summary>The vision transformer.</summary>
    /// <exception cref="InvalidOperationException">The trainer has none.</exception>
    public Backbone Transformer => transformer ?? throw new InvalidOperationException("The trainer has no transformer.");

    /// <summary>A row for each epoch.</summary>
    public IReadOnlyList<PretrainingEpoch> History { get; }
}
