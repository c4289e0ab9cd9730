using Cass.ML;
using Cass.Models;
using Cass.Training;

namespace Microsoft.ML;

/// <summary>CASS in ML.NET's catalogs of trainers and transforms.</summary>
public static class CassCatalog
{
    /// <summary>
    /// Trains a CNN and a vision transformer by CASS on images of one class each.
    /// </summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="labelColumnName">The label: a key, by <c>MapValueToKey</c>. Images whose key is missing take part in pretraining alone.</param>
    /// <param name="imageColumnName">The images: paths (text), encoded images (a vector of bytes), or <c>MLImage</c>.</param>
    /// <param name="configure">Chooses networks, recipe, image size, epochs and all else.</param>
    /// <returns>The trainer.</returns>
    /// <example><code>
    /// var mlContext = new MLContext(seed: 1);
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "Diagnosis")
    ///     .Append(mlContext.MulticlassClassification.Trainers.Cass("Label", "ImagePath", trainer =&gt; trainer
    ///         .UseCnn("resnet18").UseTransformer("vit_tiny_patch16_224").WithImageSize(64)))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code></example>
    public static CassClassificationTrainer Cass(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers,
        string labelColumnName = "Label",
        string imageColumnName = "Image",
        Action<CassTrainerBuilder>? configure = null) =>
        trainers.Cass(new CassClassificationOptions { LabelColumnName = labelColumnName, ImageColumnName = imageColumnName, Configure = configure });

    /// <summary>Trains a CNN and a vision transformer by CASS on images of one class each.</summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="options">All settings.</param>
    /// <returns>The trainer.</returns>
    public static CassClassificationTrainer Cass(this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, CassClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new CassClassificationTrainer(CatalogEnvironment.Of(trainers), options, isMultiLabel: false);
    }

    /// <summary>
    /// Trains a CNN and a vision transformer by CASS on images that have any number of labels. The score is a vector of probabilities, one for each
    /// label, the prediction a vector of Booleans.
    /// </summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="labelColumnName">The labels: a vector of keys, by <c>MapValueToKey</c> of a vector of text, or a vector of one Boolean or number (0 or 1) for each label.</param>
    /// <param name="imageColumnName">The images: paths (text), encoded images (a vector of bytes), or <c>MLImage</c>.</param>
    /// <param name="configure">Chooses networks, recipe, image size, epochs and all else.</param>
    /// <returns>The trainer.</returns>
    public static CassClassificationTrainer CassMultiLabel(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers,
        string labelColumnName = "Label",
        string imageColumnName = "Image",
        Action<CassTrainerBuilder>? configure = null) =>
        trainers.CassMultiLabel(new CassClassificationOptions { LabelColumnName = labelColumnName, ImageColumnName = imageColumnName, Configure = configure });

    /// <summary>Trains a CNN and a vision transformer by CASS on images that have any number of labels.</summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="options">All settings.</param>
    /// <returns>The trainer.</returns>
    public static CassClassificationTrainer CassMultiLabel(this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, CassClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new CassClassificationTrainer(CatalogEnvironment.Of(trainers), options, isMultiLabel: true);
    }

    /// <summary>Makes vectors of images, by networks that are pretrained on the images of the view by CASS. No labels are needed.</summary>
    /// <param name="transforms">The catalog.</param>
    /// <param name="outputColumnName">The column that takes the vectors.</param>
    /// <param name="imageColumnName">The images: paths (text), encoded images (a vector of bytes), or <c>MLImage</c>.</param>
    /// <param name="configure">Chooses networks, recipe, image size, epochs and all else.</param>
    /// <returns>The estimator.</returns>
    public static CassEmbeddingEstimator CassEmbedding(this TransformsCatalog transforms, string outputColumnName, string imageColumnName, Action<CassTrainerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return transforms.CassEmbedding(outputColumnName, imageColumnName, new CassEmbeddingOptions { Configure = configure });
    }

    /// <summary>Makes vectors of images, by networks that are pretrained on the images of the view by CASS. No labels are needed.</summary>
    /// <param name="transforms">The catalog.</param>
    /// <param name="outputColumnName">The column that takes the vectors.</param>
    /// <param name="imageColumnName">The images: paths (text), encoded images (a vector of bytes), or <c>MLImage</c>.</param>
    /// <param name="options">All settings.</param>
    /// <returns>The estimator.</returns>
    public static CassEmbeddingEstimator CassEmbedding(this TransformsCatalog transforms, string outputColumnName, string imageColumnName, CassEmbeddingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new CassEmbeddingEstimator(CatalogEnvironment.Of(transforms), outputColumnName, imageColumnName, options);
    }

    /// <summary>Makes vectors of images, by the network of a classifier that was saved before.</summary>
    /// <param name="transforms">The catalog.</param>
    /// <param name="outputColumnName">The column that takes the vectors.</param>
    /// <param name="imageColumnName">The images: paths (text), encoded images (a vector of bytes), or <c>MLImage</c>.</param>
    /// <param name="classifierFolder">What <see cref="ImageClassifier.Save"/> wrote.</param>
    /// <param name="registry">Where the network's name is looked up; <see cref="BackboneRegistry.Default"/>, timm's names, where null.</param>
    /// <returns>The estimator.</returns>
    public static CassEmbeddingEstimator CassEmbedding(this TransformsCatalog transforms, string outputColumnName, string imageColumnName, string classifierFolder, BackboneRegistry? registry = null) =>
        new(CatalogEnvironment.Of(transforms), outputColumnName, imageColumnName, classifierFolder, registry);

    /// <summary>Measures how well a multi-label trainer's transformer predicts. ML.NET's own <c>Evaluate</c> is for one class an image.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">What the transformer has scored.</param>
    /// <param name="labelColumnName">The true labels, in either form that <see cref="CassMultiLabel(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, Action{CassTrainerBuilder})"/> takes.</param>
    /// <param name="scoreColumnName">The probabilities.</param>
    /// <param name="predictedLabelColumnName">The predictions, a vector of Booleans.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="Cass.CassInputException">A column is missing or of another type, or there is no row; the message names it.</exception>
    public static MultiLabelMetrics EvaluateMultiLabel(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return MultiLabelEvaluation.Of(data, labelColumnName, scoreColumnName, predictedLabelColumnName);
    }
}
