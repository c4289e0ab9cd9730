using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>A network whose weights follow another's as an exponential moving average, and which no gradient moves.</summary>
/// <param name="student">The network that learns.</param>
/// <param name="teacher">The network that follows: of the same structure; its buffers are copied, its parameters averaged.</param>
public sealed class MomentumTeacher(nn.Module student, nn.Module teacher)
{
    private readonly Tensor[] targets = [.. teacher.parameters().Select(p => (Tensor)p)];
    private readonly Tensor[] sources = [.. student.parameters().Select(p => (Tensor)p)];

    /// <summary>Makes the teacher equal to the student, and takes its parameters from the reach of gradients.</summary>
    public void Start()
    {
        using var guard = no_grad();
        foreach (var (target, source) in targets.Zip(sources))
        {
            target.requires_grad = false;
            target.copy_(source);
        }

        CopyBuffers();
    }

    /// <summary>Moves the teacher: teacher = m·teacher + (1 − m)·student.</summary>
    /// <param name="momentum">m, in [0, 1].</param>
    public void Follow(double momentum)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        TorchKernels.Invoke("lerp", targets, sources, 1 - momentum);
        CopyBuffers();
    }

    private void CopyBuffers()
    {
        foreach (var ((_, target), (_, source)) in teacher.named_buffers().Zip(student.named_buffers()))
        {
            target.copy_(source);
        }
    }
}
