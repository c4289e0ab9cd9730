using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>One of the two networks of CASS with what its safeguard attaches to it. The network stays the caller's.</summary>
internal sealed class CassBranch : IDisposable
{
    private readonly Backbone network;
    private readonly Sequential? projector;
    private readonly Sequential? predictorOfOther;
    private readonly Sequential? predictorOfOwn;
    private readonly Backbone? teacher;
    private readonly Sequential? teacherProjector;
    private readonly MomentumTeacher[] momenta = [];

    public CassBranch(string name, Backbone network, CassMethodOptions options)
    {
        this.network = network;
        List<Module> modules = [network];
        List<Module> teachers = [];
        if (options.Safeguard != CollapseSafeguard.None)
        {
            modules.Add(projector = ProjectionHead.Projector(network, options.ProjectorWidth));
        }

        if (options.Safeguard is CollapseSafeguard.SimSiam or CollapseSafeguard.Byol)
        {
            modules.Add(predictorOfOther = ProjectionHead.Predictor(network, options.ProjectorWidth));
            if (CassMethod.ComparesViewsOfANetwork(options))
            {
                modules.Add(predictorOfOwn = ProjectionHead.Predictor(network, options.ProjectorWidth));
            }
        }

        if (options.Safeguard == CollapseSafeguard.Byol)
        {
            teachers.Add(teacher = network.Copy());
            teachers.Add(teacherProjector = ProjectionHead.Projector(network, options.ProjectorWidth));
            momenta = [new(network, teacher), new(projector!, teacherProjector)];
            foreach (var momentum in momenta)
            {
                momentum.Start();
            }
        }

        Part = new TrainablePart(name, modules) { Teachers = teachers };
    }

    public TrainablePart Part { get; }

    /// <summary>What is compared: the logits as published, or the projection of the pooled features.</summary>
    public Tensor Embed(Tensor images) => Embed(network, projector, images);

    /// <summary>A prediction, from this network's embedding, of a target: each network's target space has a predictor of its own.</summary>
    public Tensor Predict(Tensor embedding, CassBranch target) =>
        ProjectionHead.Run(ReferenceEquals(target, this) ? predictorOfOwn! : predictorOfOther!, embedding);

    /// <summary>The target of predictions, without gradient: the teacher's embedding, or the network's own where there is no teacher.</summary>
    public Tensor Target(Tensor images, Tensor embedding)
    {
        if (teacher is null)
        {
            return embedding.detach();
        }

        using var guard = no_grad();
        return Embed(teacher, teacherProjector, images);
    }

    public void MoveTeacher(double momentum)
    {
        foreach (var teacherMomentum in momenta)
        {
            teacherMomentum.Follow(momentum);
        }
    }

    public void Dispose()
    {
        projector?.Dispose();
        predictorOfOther?.Dispose();
        predictorOfOwn?.Dispose();
        teacher?.Dispose();
        teacherProjector?.Dispose();
    }

    private static Tensor Embed(Backbone network, Sequential? projector, Tensor images) => projector is null
        ? network.forward(images)
        : ProjectionHead.Run(projector, network.ForwardPooled(images));
}
