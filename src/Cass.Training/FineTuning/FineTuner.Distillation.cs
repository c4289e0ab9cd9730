using Cass.Data;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

public sealed partial class FineTuner
{
    /// <summary>
    /// Trains a copy of a network to do what a trained classifier does: knowledge distillation (Hinton, Vinyals and Dean 2015,
    /// arXiv 1503.02531). The teacher gets the same augmented images as the student, in evaluation mode and without gradient, and the student
    /// learns its probabilities on all of them. Of the images whose labels <see cref="FineTuningOptions.LabelFraction"/> draws, the labels
    /// count as well, as <see cref="DistillationOptions.Weight"/> says; images without labels are learned from by the teacher alone. All
    /// other settings are those of <see cref="FineTuningOptions"/>.
    /// </summary>
    /// <param name="student">The network to start from; it stays as it is.</param>
    /// <param name="teacher">
    /// The classifier to learn from; it stays as it is. It takes images of the same size and normalisation, and its
    /// <see cref="ImageClassifier.Activation"/> is that of <see cref="FineTuningOptions.Loss"/>.
    /// </param>
    /// <param name="train">Training images: with labels, of the teacher's classes, or without.</param>
    /// <param name="validation">Labelled validation images, of the same classes, that the best epoch is chosen by; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The student as a classifier of the teacher's classes, with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The teacher does not fit, classes differ, there are too few images, one cannot be read, or validation images are training images and <see cref="DuplicateAction.Fail"/> is set.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <example><code>
    /// using var teacher = tuner.FineTune(backbones.Cnn, labelled, validation);
    /// using var student = tuner.Distill(backbones.Transformer, teacher, unlabelled.Images, validation);
    /// </code></example>
    public ImageClassifier Distill(
        Backbone student,
        ImageClassifier teacher,
        ImageDataset train,
        ImageDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(train);
        run.RequireOpen(this);
        run.WarnOnce([.. train.Warnings, .. validation?.Warnings ?? []]);
        var size = run.SizeFor(student);
        var found = run.Prepare(() => Check(size).Run(student, teacher, run.Normalization, train, validation));
        run.WarnOnce(found.Warnings);
        run.Logger.LogInformation("{Student} learns from {Teacher} on {Images} images, of which {Labelled} have labels that count.", student.ModelName, teacher.Network.ModelName, train.Count, found.Labeled?.Count ?? 0);
        var isMultiLabel = train.IsMultiLabel || validation is { IsMultiLabel: true };
        var teaching = new Teaching(
            teacher,
            found.Labeled is not null && settings.LabelFraction < 1 ? LabeledSample.Positions(train, settings.LabelFraction, settings.StratifyLabelFraction, run.Options.Seed) : null,
            IsSingleLabel: !isMultiLabel && (train.IsLabeled || validation is not null));
        var counts = found.Labeled is null ? null : CountsOfClasses(train, found.Labeled, validation);
        using var opened = Open(
            new FineTuningData(train, train, validation, $"Distillation into {student.ModelName}", $"distillation {student.ModelName}"),
            student,
            size,
            teacher.Labels,
            counts,
            isMultiLabel,
            teaching,
            progress,
            cancellationToken);
        return opened.Train();
    }

    /// <summary>Distils on images without labels, or with labels that are not to count: the student learns from the teacher alone.</summary>
    /// <param name="student">The network to start from; it stays as it is.</param>
    /// <param name="teacher">The classifier to learn from; it stays as it is.</param>
    /// <param name="images">Training images, all of which are used.</param>
    /// <param name="validation">Labelled validation images, of the teacher's classes; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The student as a classifier of the teacher's classes, with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The teacher does not fit, classes differ, there are too few images, one cannot be read, or validation images are training images and <see cref="DuplicateAction.Fail"/> is set.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ImageClassifier Distill(
        Backbone student,
        ImageClassifier teacher,
        IReadOnlyList<IImageSource> images,
        ImageDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        run.WarnOnce(ImageDataset.WarningsOf(images));
        return Distill(student, teacher, ImageDataset.FromImages(images), validation, progress, cancellationToken);
    }

    /// <summary>Distils on batches that the caller brings, with targets or without; batch size, augmentation and loading are then the caller's own.</summary>
    /// <param name="student">The network to start from; it stays as it is.</param>
    /// <param name="teacher">The classifier to learn from; it stays as it is.</param>
    /// <param name="train">Batches of training images. Targets, where a batch has them, count as <see cref="DistillationOptions.Weight"/> says, by <see cref="FineTuningOptions.ClassWeights"/> if these are set, else all classes alike.</param>
    /// <param name="validation">Batches of validation images with targets; none where null.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The student as a classifier of the teacher's classes, with its history; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The teacher does not fit, or a class weight is missing.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ImageClassifier Distill(
        Backbone student,
        ImageClassifier teacher,
        IBatchSource train,
        IBatchSource? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(train);
        run.RequireOpen(this);
        var size = run.SizeFor(student);
        var findings = new PlanFindings(run.Names);
        run.Prepare(() => new FineTuningCheck(settings, run.Options, size, findings, run.Processes).Run(student, teacher, run.Normalization, validation is not null));
        run.WarnOnce(findings.Warnings);
        return Train(student, size, teacher.Labels, classCounts: null, train, validation, new Teaching(teacher, Labeled: null, IsSingleLabel: false), progress, cancellationToken);
    }
}
