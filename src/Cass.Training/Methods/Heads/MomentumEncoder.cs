using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>A copy of a network and its projector that follows both as a moving average, and gives the targets of their learning.</summary>
internal sealed class MomentumEncoder : IDisposable
{
    private readonly Backbone network;
    private readonly Sequential projector;
    private readonly MomentumTeacher[] teachers;

    /// <summary>Copies a network and its projector.</summary>
    /// <param name="student">The network.</param>
    /// <param name="studentProjector">Its projector.</param>
    /// <param name="copyOfProjector">Another projector of the same structure, which this owns and makes equal.</param>
    public MomentumEncoder(Backbone student, Sequential studentProjector, Sequential copyOfProjector)
    {
        projector = copyOfProjector;
        network = student.Copy();
        teachers = [new MomentumTeacher(student, network, copyBuffers: false), new MomentumTeacher(studentProjector, projector, copyBuffers: false)];
        foreach (var teacher in teachers)
        {
            teacher.Start();
        }
    }

    /// <summary>The network and the projector.</summary>
    public IReadOnlyList<Module> Modules => [network, projector];

    /// <summary>The projections of images, without gradient.</summary>
    public Tensor Project(Tensor images)
    {
        using var guard = no_grad();
        return ProjectionHead.Run(projector, network.ForwardPooled(images));
    }

    /// <summary>Moves towards what it copies: m·its own + (1 − m)·theirs.</summary>
    public void Follow(double momentum)
    {
        foreach (var teacher in teachers)
        {
            teacher.Follow(momentum);
        }
    }

    public void Dispose()
    {
        network.Dispose();
        projector.Dispose();
    }
}
