using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What a batch teaches.</summary>
/// <param name="Images">The images as the network gets them: float [batch, channels, height, width].</param>
/// <param name="Labels">The labels as they were given, [batch, classes] in [0, 1]; of images without a label those that the teacher predicts.</param>
/// <param name="Targets">What is learned from, and counted as true: the labels, smoothed and mixed.</param>
internal sealed record BatchLesson(Tensor Images, Tensor Labels, Tensor Targets)
{
    /// <summary>The teacher's outputs for the images, [batch, classes]; null where there is no teacher.</summary>
    public Tensor? TeacherLogits { get; init; }

    /// <summary>Whether an image has a label, and all images that it was mixed of: bool [batch, 1]. Null where there is no teacher.</summary>
    public Tensor? AreLabeled { get; init; }

    /// <summary>The same of the images of all processes, but for the images themselves; within a batch of one process, the lesson itself.</summary>
    public BatchLesson OfAllProcesses() => !DistributedBatch.IsEntered ? this : new(Images, DistributedBatch.Gather(Labels), DistributedBatch.Gather(Targets))
    {
        TeacherLogits = TeacherLogits is null ? null : DistributedBatch.Gather(TeacherLogits),
        AreLabeled = AreLabeled is null ? null : DistributedBatch.Gather(AreLabeled),
    };

    /// <summary>The same of the first images.</summary>
    public BatchLesson First(long count) => new(Images.narrow(0, 0, count), Labels.narrow(0, 0, count), Targets.narrow(0, 0, count))
    {
        TeacherLogits = TeacherLogits?.narrow(0, 0, count),
        AreLabeled = AreLabeled?.narrow(0, 0, count),
    };
}
