using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What a network learns from in fine-tuning: labels, or a teacher. Tensors belong to the caller's dispose scope.</summary>
internal interface IFineTuningObjective
{
    /// <summary>Targets of a batch before images are mixed, which are then mixed in the same proportions.</summary>
    Tensor TargetsOf(ImageBatch batch);

    /// <summary>What a batch teaches.</summary>
    /// <param name="batch">The batch, on the device.</param>
    /// <param name="images">Its images, mixed where they are.</param>
    /// <param name="targets">What <see cref="TargetsOf"/> gave, mixed alike.</param>
    BatchLesson Lesson(ImageBatch batch, Tensor images, Tensor targets);

    /// <summary>The loss of a batch, with gradient.</summary>
    Tensor Loss(Tensor logits, BatchLesson lesson);
}
