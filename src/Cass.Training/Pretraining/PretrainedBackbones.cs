namespace Cass.Training;

/// <summary>
/// Both networks after pretraining, and how it went. The networks are the trainer's own: they live until the trainer is
/// disposed, and fine-tuning works on copies of them.
/// </summary>
/// <param name="Cnn">The convolutional network.</param>
/// <param name="Transformer">The vision transformer.</param>
/// <param name="History">A row for each epoch.</param>
public sealed record PretrainedBackbones(Backbone Cnn, Backbone Transformer, IReadOnlyList<PretrainingEpoch> History);
