using Cass.Losses;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// Learns from a teacher's outputs for the very images that the student gets, augmented and mixed, and from the labels of those that have
/// one. The loss of a batch is the mean over its images of the distillation loss, or of (1 − weight)·loss + weight·distillation loss.
/// </summary>
internal sealed class DistillationObjective : IFineTuningObjective, IDisposable
{
    // A mixed image has a label where all of its parts have: shares of 1 and 1 add up to 1 but for rounding.
    private const double AllLabeled = 1 - 1e-6;

    private readonly Teaching teaching;
    private readonly double weight;
    private readonly bool isSoftmax;
    private readonly Module<Tensor, Tensor, Tensor> loss;
    private readonly DistillationLoss distillation;
    private readonly LabelSmoothing? smoothing;
    private readonly Computation computation;
    private readonly TrainingProfile? profile;
    private readonly Tensor classes;
    private readonly Tensor thresholds;

    /// <summary>Prepares the teaching.</summary>
    /// <param name="teaching">Who teaches what.</param>
    /// <param name="options">The settings.</param>
    /// <param name="weights">Weights of the classes in the loss of labels; all the same where null.</param>
    /// <param name="computation">How the networks are computed.</param>
    /// <param name="profile">Measures the teacher's part of the time; null for none.</param>
    public DistillationObjective(Teaching teaching, FineTuningOptions options, IReadOnlyList<double>? weights, Computation computation, TrainingProfile? profile)
    {
        this.teaching = teaching;
        this.computation = computation;
        this.profile = profile;
        weight = options.Distillation.Weight;
        isSoftmax = options.Loss.Activation() == OutputActivation.Softmax;
        var kind = isSoftmax ? LabelKind.Exclusive : LabelKind.Independent;
        loss = FineTuningLosses.Create(options, weights, Reduction.None);
        loss.to(computation.Device);
        distillation = new DistillationLoss(options.Distillation.Temperature, kind, Reduction.None);
        smoothing = options.LabelSmoothing > 0 ? new LabelSmoothing(options.LabelSmoothing, kind) : null;
        using var scope = NewDisposeScope();
        var count = teaching.Teacher.Labels.Count;
        classes = tensor([.. Enumerable.Range(0, count).Select(i => (long)i)]).to(computation.Device).DetachFromDisposeScope();
        thresholds = tensor([.. Enumerable.Range(0, count).Select(i => teaching.Teacher.Thresholds[i])], ScalarType.Float64).to(computation.WeightType, computation.Device).DetachFromDisposeScope();

        // It is not told apart from a network that trains: no dropout, and batch norms keep their statistics.
        teaching.Teacher.Network.eval();
    }

    public Tensor TargetsOf(ImageBatch batch)
    {
        var (count, width) = (batch.Count, classes.shape[0]);
        var labeled = LabeledOf(batch);
        if (batch.Targets is not { } labels)
        {
            return cat([zeros(count, width, computation.WeightType, computation.Device), labeled], 1);
        }

        return cat([smoothing?.forward(labels) ?? labels, labeled], 1);
    }

    public BatchLesson Lesson(ImageBatch batch, Tensor images, Tensor targets)
    {
        using var guard = no_grad();
        var width = classes.shape[0];
        var areLabeled = targets.narrow(1, width, 1).ge(KeptScalar.Of(AllLabeled));
        var logits = TeacherLogits(images);
        var predicted = LabelsOf(logits);
        return new BatchLesson(
            images,
            batch.Targets is { } labels ? where(LabeledOf(batch).ge(KeptScalar.One), labels, predicted) : predicted,
            where(areLabeled, targets.narrow(1, 0, width), predicted))
        {
            TeacherLogits = logits,
            AreLabeled = areLabeled,
        };
    }

    public Tensor Loss(Tensor logits, BatchLesson lesson)
    {
        using var scope = NewDisposeScope();
        var soft = distillation.forward(logits, lesson.TeacherLogits!);
        var hard = loss.forward(logits, lesson.Targets);

        // Of images without a label the targets are the teacher's own, and their loss has no share.
        var share = lesson.AreLabeled!.to(soft.dtype).Times(1 - weight);
        return soft.Plus((isSoftmax ? share.squeeze(1) : share) * hard.Minus(soft)).mean().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        loss.Dispose();
        distillation.Dispose();
        smoothing?.Dispose();
        classes.Dispose();
        thresholds.Dispose();
    }

    /// <summary>1 where an image has a label that counts, else 0: [batch, 1].</summary>
    private Tensor LabeledOf(ImageBatch batch)
    {
        float[] flags = [.. batch.Indices.Select(index => batch.Targets is not null && teaching.Labeled?.Contains(index) != false ? 1f : 0f)];
        return tensor(flags, [flags.Length, 1]).to(computation.WeightType, computation.Device);
    }

    private Tensor TeacherLogits(Tensor images)
    {
        using var measurement = profile?.Measure(TrainingProfile.Forward($"{teaching.Teacher.Network.ModelName}, the teacher"), computation.Device);
        using var forward = computation.BeginForward();
        return teaching.Teacher.Logits(images).to(computation.WeightType, computation.Device);
    }

    /// <summary>The labels that the teacher predicts, as 0 and 1.</summary>
    private Tensor LabelsOf(Tensor logits)
    {
        var probabilities = teaching.Teacher.Activation.Probabilities(logits);
        var labels = isSoftmax || teaching.IsSingleLabel ? probabilities.argmax(1).unsqueeze(1).eq(classes) : probabilities.gt(thresholds);
        return labels.to(computation.WeightType);
    }
}
