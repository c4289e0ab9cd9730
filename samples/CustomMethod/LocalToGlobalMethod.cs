using Cass;
using Cass.Data;
using Cass.Losses;
using Cass.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CustomMethod;

/// <summary>A small crop is to be embedded as a slowly following teacher embeds a large one, less what all images share.</summary>
internal sealed class LocalToGlobalMethod : ISelfSupervisedMethod
{
    private readonly LocalToGlobalOptions options;
    private readonly Backbone student;
    private readonly Backbone teacher;
    private readonly MomentumTeacher follower;
    private readonly MomentumSchedule momentum;
    private readonly NegativeCosineSimilarityLoss similarity = new();
    private readonly Tensor center;
    private double shareOfCenter;

    public LocalToGlobalMethod(Backbone backbone, LocalToGlobalOptions options)
    {
        this.options = options = OptionsCopy.Of(options);
        (student, teacher) = (backbone, backbone.Copy());
        follower = new MomentumTeacher(student, teacher);
        follower.Start();
        momentum = new MomentumSchedule(options.TeacherMomentum);
        center = zeros(1, backbone.NumFeatures);
        Parts = [new TrainablePart("network", [student]) { Teachers = [teacher] }];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { ["network"] = student };
    }

    public string Name => "local to global";

    public object Options => OptionsCopy.Of(options);

    public IReadOnlyList<TrainablePart> Parts { get; }

    public IReadOnlyDictionary<string, Backbone> Backbones { get; }

    public IEnumerable<KeyValuePair<string, Tensor>> State => [new("center", center)];

    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization) =>
    [
        new([new RandomResizedCrop(height, width, (0.5, 1.0)), new RandomHorizontalFlip()], normalization),
        new([new RandomResizedCrop(height / 2, width / 2, options.SmallCropScale), new RandomHorizontalFlip()], normalization),
    ];

    public void BeforeStep(TrainingStep step) => shareOfCenter = (double)step.Step / step.TotalSteps;

    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        using var scope = NewDisposeScope();
        var ofSmall = student.ForwardPooled(views[1]);
        Tensor ofLarge;
        using (no_grad())
        {
            ofLarge = teacher.ForwardPooled(views[0]);
            center.mul_(0.9).add_(ofLarge.mean([0], keepdim: true), 0.1);
            ofLarge = ofLarge.sub(center * shareOfCenter);
        }

        var loss = similarity.forward(ofSmall, ofLarge);
        var embeddings = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["network"] = ofSmall.detach().MoveToOuterDisposeScope() };
        return new SelfSupervisedOutput(loss.MoveToOuterDisposeScope(), embeddings);
    }

    public void AfterStep(TrainingStep step) => follower.Follow(momentum.At(step.Step, step.TotalSteps));

    public void Dispose()
    {
        teacher.Dispose();
        similarity.Dispose();
        center.Dispose();
    }
}
