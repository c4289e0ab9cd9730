using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>A network whose weights follow another's as an exponential moving average, and which no gradient moves.</summary>
/// <param name="student">The network that learns.</param>
/// <param name="teacher">The network that follows: of the same structure.</param>
/// <param name="copyBuffers">
/// Whether the teacher takes the student's buffers, such as the running statistics of batch norms, besides the average of its
/// parameters. Default true; false where the teacher sees images of its own in training mode, whose statistics are its own.
/// </param>
/// <remarks>Both networks may be moved to another device or type in between: their tensors are looked up at each call.</remarks>
public sealed class MomentumTeacher(nn.Module student, nn.Module teacher, bool copyBuffers = true)
{
    /// <summary>Makes the teacher equal to the student, and takes its parameters from the reach of gradients.</summary>
    public void Start()
    {
        using var guard = no_grad();
        foreach (var (target, source) in Parameters(teacher).Zip(Parameters(student)))
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
        TorchKernels.Invoke("lerp", Parameters(teacher), Parameters(student), 1 - momentum);
        if (copyBuffers)
        {
            CopyBuffers();
        }
    }

    private static Tensor[] Parameters(nn.Module module) => [.. module.parameters().Select(parameter => (Tensor)parameter)];

    private void CopyBuffers()
    {
        foreach (var ((_, target), (_, source)) in teacher.named_buffers().Zip(student.named_buffers()))
        {
            target.copy_(source);
        }
    }
}
