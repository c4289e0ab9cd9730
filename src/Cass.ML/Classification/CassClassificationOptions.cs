using Cass.Training;
using Microsoft.ML;

namespace Cass.ML;

/// <summary>Settings of <see cref="CassClassificationTrainer"/>.</summary>
public sealed class CassClassificationOptions
{
    /// <summary>
    /// The column of labels. Default <c>Label</c>. For images of one class each: a key, by <c>MapValueToKey</c>; images whose key is missing
    /// take part in pretraining alone. For images of several: a vector of keys, or of one Boolean or number (0 or 1) for each class.
    /// </summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The column of images: paths (text), encoded images (a vector of bytes), or <c>MLImage</c>. Default <c>Image</c>.</summary>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>The column that takes the probabilities, a vector with the classes as names of its slots. Default <c>Score</c>.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// The column that takes the prediction: the most probable class as a key like the labels', or a vector of Booleans for images of several
    /// classes. Default <c>PredictedLabel</c>.
    /// </summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>
    /// Chooses networks, recipe, image size, epochs and all else that <see cref="CassTrainerBuilder"/> offers. Before it, the seed is drawn from
    /// the <see cref="MLContext"/>'s, and the loss for images of one class each is cross-entropy, so that scores sum to one. Default null: the
    /// builder's defaults.
    /// </summary>
    public Action<CassTrainerBuilder>? Configure { get; set; }

    /// <summary>Images without labels, which take part in pretraining beside the labelled ones; they need the column of images alone, and are refused where nothing is pretrained. Default null: none.</summary>
    public IDataView? UnlabeledData { get; set; }

    /// <summary>Whether to pretrain before fine-tuning. Default null: where the trainer has two networks.</summary>
    public bool? Pretrain { get; set; }

    /// <summary>Which networks are fine-tuned, and predict. Default <see cref="CassNetworks.Both"/>, or the only one where <see cref="Configure"/> chooses one.</summary>
    public CassNetworks Networks { get; set; } = CassNetworks.Both;

    /// <summary>
    /// A folder in which each classifier is saved as well, as <see cref="ImageClassifier.Save"/> does, in a folder named after its network: for
    /// explanations, reports and the service. Default null: none.
    /// </summary>
    public string? ClassifierFolder { get; set; }

    /// <summary>Takes progress, beside the context's log. Default null.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Stops the training. ML.NET offers a trainer no token of its own. Default none.</summary>
    public CancellationToken CancellationToken { get; set; }
}
