using System.ComponentModel.DataAnnotations;
using Cass.Losses;
using Cass.Metrics;

namespace Cass.Training;

/// <summary>Settings of fine-tuning. The defaults are those of <see cref="CassRecipe.Recommended"/>.</summary>
public sealed class FineTuningOptions : IRelatedSettings
{
    /// <summary>Passes over the labelled images. Default 50, as published.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; set; } = 50;

    /// <summary>Images of a step. Default 16, as published.</summary>
    [Range(2, 65_536)]
    public int BatchSize { get; set; } = 16;

    /// <summary>
    /// The learning rate. Default 2e-3 for a CNN that starts from random weights or was pretrained from them, 1e-3 for a CNN
    /// whose weights were trained before (<see cref="WeightOrigin.Trained"/>) and 3e-4 for a transformer, with a warm-up over a tenth
    /// of the run and one cosine over the rest; 3e-4 for all with a cosine that restarts every 32 batches as published.
    /// </summary>
    [Required]
    public LearningRateOptions LearningRate { get; set; } = new() { Rate = null };

    /// <summary>The optimiser. Default AdamW with a weight decay of 0.05; Adam without as published.</summary>
    [Required]
    public OptimizerOptions Optimizer { get; set; } = new();

    /// <summary>
    /// Share of the labelled training images that is used, drawn as Python's <c>random.sample</c> does. Default 1;
    /// 0.01, 0.1 and 1 as published.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double LabelFraction { get; set; } = 1;

    /// <summary>
    /// Whether each class keeps its share among the labelled images, as scikit-learn's <c>train_test_split</c> with
    /// <c>stratify</c> draws them. Needs images of one label each, and at least as many as classes. Default false: as published,
    /// where 1 % of 5,712 images are 8 to 15 of a class.
    /// </summary>
    public bool StratifyLabelFraction { get; set; }

    /// <summary>How much each class counts. Default <see cref="ClassWeighting.InverseFrequency"/>.</summary>
    public ClassWeighting ClassWeighting { get; set; } = ClassWeighting.InverseFrequency;

    /// <summary>
    /// Weights of the classes by name, in place of <see cref="ClassWeighting"/>; every class needs one. Default null.
    /// </summary>
    public IReadOnlyDictionary<string, double>? ClassWeights { get; set; }

    /// <summary>
    /// Whether to keep a classifier that the network already has, where it has one output for each class: to go on with
    /// an earlier fine-tuning. Default false: the classifier is replaced, as published.
    /// </summary>
    public bool KeepClassifier { get; set; }

    /// <summary>
    /// What is minimised, and with it how outputs become probabilities: by a sigmoid each, or by a softmax over all. Default
    /// <see cref="FineTuningLoss.Focal"/>, on sigmoids, as published. The two on a softmax are for images with exactly one label each: their
    /// classifiers predict the most probable class, whatever its probability, so that they have no thresholds.
    /// </summary>
    public FineTuningLoss Loss { get; set; } = FineTuningLoss.Focal;

    /// <summary>Factor α of the focal losses. Default 1, as published; without effect on cross-entropy.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double FocalAlpha { get; set; } = 1;

    /// <summary>Exponent γ of the focal losses. Default 2, as published; without effect on cross-entropy.</summary>
    [Range(0.0, 100.0)]
    public double FocalGamma { get; set; } = 2;

    /// <summary>
    /// How the focal loss on sigmoids takes its logarithms. Default <see cref="FocalLossForm.Stable"/>; with an ε of 1e-12 as
    /// published. The losses on a softmax have one form, which is stable.
    /// </summary>
    public FocalLossForm FocalForm { get; set; } = FocalLossForm.Stable;

    /// <summary>Probability above which a label is predicted. Default 0.5, as published; a <see cref="Loss"/> on a softmax has none, and allows no other value.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Threshold { get; set; } = DefaultThreshold;

    /// <summary>
    /// Stops when more than this many validations in a row have brought nothing, which <see cref="EarlyStoppingRule"/>
    /// defines. Default 0: never; 5 as published.
    /// </summary>
    [Range(0, 100_000)]
    public int EarlyStoppingPatience { get; set; }

    /// <summary>
    /// What early stopping takes for a validation that brings nothing. Default <see cref="EarlyStoppingRule.BestEpoch"/>;
    /// <see cref="EarlyStoppingRule.FallingLoss"/> as published.
    /// </summary>
    public EarlyStoppingRule EarlyStoppingRule { get; set; } = EarlyStoppingRule.BestEpoch;

    /// <summary>
    /// Which epoch's weights are returned, where there are validation images. Default null:
    /// <see cref="BestEpoch.F1ThenLoss"/>, or <see cref="BestEpoch.Loss"/> with <see cref="TuneThresholds"/>, since the F1 at
    /// thresholds that will change says little. <see cref="BestEpoch.F1"/> as published.
    /// </summary>
    public BestEpoch? BestEpoch { get; set; }

    /// <summary>
    /// Whether the last incomplete batch of an epoch is left out, which costs as many labelled images of each epoch. Default null: only
    /// where it would be smaller than half a batch and the network has a batch norm that is trained, whose statistics would suffer. The
    /// log says how many images an epoch leaves out. False as published, true in the authors' first release.
    /// </summary>
    public bool? DropLast { get; set; }

    /// <summary>
    /// Whether metrics are never reset, so that every reported F1 and recall is an average over all epochs so far.
    /// Default false; the published notebook does so.
    /// </summary>
    public bool KeepMetricsRunning { get; set; }

    /// <summary>
    /// Whether the validation loss is the sum over the validation batches divided by the number of training batches.
    /// Default false: the mean over the validation images; the published notebook does so.
    /// </summary>
    public bool DivideValidationLossByTrainingBatches { get; set; }

    /// <summary>
    /// Whether validation runs only after an epoch whose training F1 is above 0 and the best so far; early stopping then
    /// counts those validations. Default false: after every epoch; the published notebook does so.
    /// </summary>
    public bool ValidateOnlyOnImprovement { get; set; }

    /// <summary>
    /// Whether an epoch's logged loss is that of its last batch in place of the mean. Default false; the published
    /// notebook does so.
    /// </summary>
    public bool LogLossOfLastBatch { get; set; }

    /// <summary>
    /// Whether the tag <c>Supervised-… Recall/train</c> of the logs holds the F1. Default false: the recall; the published
    /// notebook does so.
    /// </summary>
    public bool LogF1AsRecall { get; set; }

    /// <summary>
    /// Whether the F1 and recall of training and validation count the extra label 'healthy'
    /// (<see cref="LabelMetricOptions.CountEmptyAsHealthy"/>). Default false; the authors' first release does so.
    /// </summary>
    public bool CountEmptyAsHealthy { get; set; }

    /// <summary>How much of the network is trained. Default <see cref="FineTuningScope.Full"/>, as published.</summary>
    public FineTuningScope Scope { get; set; }

    /// <summary>
    /// Stages that are trained besides the classifier, counted from it, with <see cref="FineTuningScope.LastStages"/>:
    /// blocks of a transformer, whole stages of a ResNet (<see cref="Backbone.Stages"/>). A norm between the last of them and
    /// the classifier is trained with it. Default 1.
    /// </summary>
    [Range(1, 1000)]
    public int TrainedStages { get; set; } = 1;

    /// <summary>
    /// What the learning rate is multiplied with from one layer to the one before it, so that early layers change least
    /// (layer-wise rate decay; Clark et al. 2020, arXiv 2003.10555; timm's <c>layer_decay</c>). Layers are blocks
    /// (<see cref="Backbone.LayerGroups"/>). Default 1: one rate for all; 0.65 to 0.75 is usual for pretrained transformers.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double LayerDecay { get; set; } = 1;

    /// <summary>
    /// First epoch whose final weights are averaged, with those of all later ones, into the weights of the classifier
    /// (stochastic weight averaging, Izmailov et al. 2018); batch-norm statistics are recomputed on the training images.
    /// From this epoch on the learning rate is constant, <see cref="AverageLearningRate"/>. With validation images, the
    /// average is kept only where it is no worse than the best epoch by <see cref="BestEpoch"/>. Default 0: none.
    /// </summary>
    [Range(0, 100_000)]
    public int AverageWeightsFromEpoch { get; set; }

    /// <summary>
    /// The learning rate from <see cref="AverageWeightsFromEpoch"/> on (<c>swa_lr</c> of PyTorch's <c>SWALR</c>): weights along
    /// a rate that falls to nothing are nearly equal, and so is their average. Default null: the rate that the schedule has
    /// come to when that epoch begins.
    /// </summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double? AverageLearningRate { get; set; }

    /// <summary>
    /// Decay of an exponential moving average of the weights, which is validated and returned in their place
    /// (<see cref="ExponentialMovingAverage"/>). Default 0: none; 0.999 to 0.9999 is usual, the lower the fewer steps a run has.
    /// </summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double EmaDecay { get; set; }

    /// <summary>
    /// Share ε of each target that is spread evenly (label smoothing, Szegedy et al. 2016): targets of 0 and 1 become ε/2 and
    /// 1 − ε/2 where each label is decided on its own (sigmoid), ε/K and 1 − ε + ε/K of K classes under a softmax. Validation has the
    /// targets as they are. Default 0.
    /// </summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double LabelSmoothing { get; set; }

    /// <summary>
    /// Mixup and CutMix of the training batches. Default neither. F1 and recall of training then count a label as present where its
    /// share is above one half.
    /// </summary>
    [Required]
    public MixupOptions Mixup { get; set; } = new();

    /// <summary>
    /// Whether each class gets the threshold that makes its F1 on the validation images largest, in place of
    /// <see cref="Threshold"/>. Needs validation images and a <see cref="Loss"/> on sigmoids. Default false, as published.
    /// </summary>
    public bool TuneThresholds { get; set; }

    /// <summary>
    /// What distillation adds, where a network learns from a trained classifier (<c>CassTrainer.Distill</c>). Without effect on
    /// fine-tuning by labels alone.
    /// </summary>
    [Required]
    public DistillationOptions Distillation { get; set; } = new();

    /// <summary>How images reach the network.</summary>
    [Required]
    public LoadingOptions Loading { get; set; } = new();

    private const double DefaultThreshold = 0.5;

    /// <summary>The rule that chooses the epoch.</summary>
    internal BestEpoch BestEpochRule => BestEpoch ?? (TuneThresholds ? Training.BestEpoch.Loss : Training.BestEpoch.F1ThenLoss);

    IEnumerable<string> IRelatedSettings.Failures(string path)
    {
        if (AverageWeightsFromEpoch > Epochs)
        {
            yield return $"{path}AverageWeightsFromEpoch is {AverageWeightsFromEpoch}, after the last of {Epochs} epochs; lower it, or set 0 for no average.";
        }

        if (AverageLearningRate is not null && AverageWeightsFromEpoch == 0)
        {
            yield return $"{path}AverageLearningRate is set, but {path}AverageWeightsFromEpoch is 0, so that nothing is averaged; set both or neither.";
        }

        if (EmaDecay > 0 && AverageWeightsFromEpoch > 0)
        {
            yield return $"{path}EmaDecay and {path}AverageWeightsFromEpoch are both set; a classifier has one kind of averaged weights. Set one of them to 0.";
        }

        if (Loss.Activation() == OutputActivation.Softmax)
        {
            foreach (var setting in SettingsOfSigmoids())
            {
                yield return $"{path}{setting}, but {path}{nameof(Loss)} is {Loss}: on a softmax every image is given its most probable class, whatever its probability. Leave it out, or set {path}{nameof(Loss)} to {FineTuningLoss.Focal}.";
            }
        }

        foreach (var (name, weight) in ClassWeights ?? new Dictionary<string, double>(StringComparer.Ordinal))
        {
            if (!double.IsFinite(weight) || weight < 0)
            {
                yield return $"{path}ClassWeights gives the class '{name}' a weight of {weight}; weights are finite and at least 0.";
            }
        }

        if (ClassWeights is { Count: > 0 } weights && weights.Values.All(weight => weight == 0))
        {
            yield return $"{path}ClassWeights are all 0, so that nothing would be learned; give a class a weight above 0.";
        }
    }

    /// <summary>What is set and has a meaning only where labels are decided one by one.</summary>
    private IEnumerable<string> SettingsOfSigmoids()
    {
        if (Threshold != DefaultThreshold)
        {
            yield return FormattableString.Invariant($"{nameof(Threshold)} is {Threshold}");
        }

        if (TuneThresholds)
        {
            yield return $"{nameof(TuneThresholds)} is set";
        }

        if (CountEmptyAsHealthy)
        {
            yield return $"{nameof(CountEmptyAsHealthy)} is set";
        }
    }
}
