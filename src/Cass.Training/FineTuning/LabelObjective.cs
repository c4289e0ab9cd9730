using Cass.Losses;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Learns from labels alone.</summary>
/// <param name="loss">A loss of logits and targets.</param>
/// <param name="smoothing">Softens the targets; null leaves them as they are.</param>
internal sealed class LabelObjective(nn.Module<Tensor, Tensor, Tensor> loss, LabelSmoothing? smoothing) : IFineTuningObjective
{
    public Tensor TargetsOf(ImageBatch batch) => smoothing?.forward(batch.Targets!) ?? batch.Targets!;

    public BatchLesson Lesson(ImageBatch batch, Tensor images, Tensor targets) => new(images, batch.Targets!, targets);

    public Tensor Loss(Tensor logits, BatchLesson lesson) => loss.forward(logits, lesson.Targets);
}
