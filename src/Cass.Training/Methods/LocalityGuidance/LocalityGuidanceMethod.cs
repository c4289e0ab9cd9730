using Cass.Data;
using Cass.Losses;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// Locality guidance (Li, Yu, Wang, Yuan, Song and Chen 2022, <em>Locality Guidance for Improving Vision Transformers on Tiny
/// Datasets</em>, arXiv 2207.10026), adapted to images without labels: a transformer learns, place by place, the features of a
/// trained convolutional network, whose locality it would take many images to find by itself.
/// </summary>
/// <remarks>
/// <para>This is the idea of CASS with one side frozen: of two architectures that see the same image, the transformer follows,
/// and the CNN stays as it is. Nothing can collapse; and what the CNN does not see, the transformer does not learn. With random
/// weights a transformer makes nearly the same of all images, which the verdict on collapse may say of the first epochs.</para>
/// <para>The patches' tokens, laid out as a map, pass through a 1×1 convolution, are resized (bilinear) to the CNN's last
/// feature map, and are compared with it; so, through a linear layer, are the pooled features. The distance is
/// <see cref="FeatureDistillationLoss"/>: 1 for a student that says nothing of the image. The paper compares three pairs of
/// layers at the larger of both sizes and without standardizing them, beside the loss of labels, of which there are none here.</para>
/// <para>The student may be a ViT, a DeiT, a Swin, or any network whose <see cref="Backbone.ForwardFeatures"/> gives a map. Both
/// networks get the same view, normalised as the run says (<see cref="RunOptions.Images"/>): let that be what the teacher was
/// trained with. Of images of 224 pixels a ResNet tells of 7×7 places, of 32 pixels of only one.</para>
/// </remarks>
/// <example><code>
/// using var cnn = BackboneRegistry.Default.Create("resnet50");
/// BackboneWeights.Load(cnn, "cnn.safetensors");
/// using var transformer = BackboneRegistry.Default.Create("vit_tiny_patch16_224");
/// using var method = new LocalityGuidanceMethod(transformer, teacher: cnn);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class LocalityGuidanceMethod : ISelfSupervisedMethod
{
    private const string Key = "backbone";

    private readonly LocalityGuidanceMethodOptions options;
    private readonly Backbone student;
    private readonly Backbone teacher;
    private readonly Linear? mapHead;
    private readonly Linear? pooledHead;
    private readonly FeatureDistillationLoss loss = new();

    /// <summary>Makes the layers between both networks' features, with weights from torch's global generator.</summary>
    /// <param name="student">The network to pretrain; it stays the caller's.</param>
    /// <param name="teacher">
    /// The trained convolutional network. It stays the caller's, and its weights and buffers stay as they are; it is put into
    /// evaluation mode, and brought to the device of the images.
    /// </param>
    /// <param name="options">Settings; the defaults where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="ArgumentException">Both networks are the same object.</exception>
    /// <exception cref="CassInputException">The teacher is not a convolutional network.</exception>
    public LocalityGuidanceMethod(Backbone student, Backbone teacher, LocalityGuidanceMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        this.options = options = OptionsCopy.Of(options ?? new LocalityGuidanceMethodOptions());
        if (ReferenceEquals(student, teacher))
        {
            throw new ArgumentException($"The {student.ModelName} is to be its own teacher; give the student a network of its own.", nameof(teacher));
        }

        if (teacher.Kind != BackboneKind.Convolutional)
        {
            throw new CassInputException($"The teacher {teacher.ModelName} is a transformer, which has no locality to teach; give a trained convolutional network.");
        }

        (this.student, this.teacher) = (student, teacher);
        teacher.eval();
        var weight = student.parameters().First();
        List<Module> modules = [student];
        if (options.FeatureWeight > 0)
        {
            mapHead = Linear(student.NumFeatures, teacher.NumFeatures).to(weight.dtype).to(weight.device);
            modules.Add(mapHead);
        }

        if (options.PooledWeight > 0)
        {
            pooledHead = Linear(student.NumFeatures, teacher.NumFeatures).to(weight.dtype).to(weight.device);
            modules.Add(pooledHead);
        }

        Parts = [new TrainablePart(Key, modules)];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = student };
        Options = new Settings(options, teacher.ModelName, WeightFingerprint.Of(teacher));
    }

    /// <inheritdoc/>
    public string Name => "Locality guidance";

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Backbone> Backbones { get; }

    /// <summary>
    /// The <see cref="LocalityGuidanceMethodOptions"/>, and which teacher it is: a run goes on from a checkpoint only with the
    /// same one.
    /// </summary>
    public object Options { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization)
    {
        ImageSizes.RequireViews(height, width, student, teacher);
        return [TwoViewTransform.Create(height, width, normalization, options.MinCropScale)];
    }

    /// <inheritdoc/>
    /// <exception cref="CassInputException">It is not known how the student's features make a map.</exception>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        if (views.Count != 1)
        {
            throw new ArgumentException($"1 view is expected, not {views.Count}.", nameof(views));
        }

        using var scope = NewDisposeScope();
        var features = student.ForwardFeatures(views[0]);
        var (map, pooled) = Teach(views[0]);
        var distances = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        List<Tensor> terms = [];
        Tensor? embedding = null;
        if (mapHead is not null)
        {
            var places = TokenMap.Of(student, features, views[0]).permute(0, 2, 3, 1);
            var given = Resized(Exact(mapHead, places).permute(0, 3, 1, 2), map);
            Compare("feature distance", given, map, options.FeatureWeight);
            embedding = given.mean([2, 3]);
        }

        if (pooledHead is not null)
        {
            embedding = Exact(pooledHead, student.ForwardHead(features, preLogits: true));
            Compare("pooled distance", embedding, pooled, options.PooledWeight);
        }

        return new SelfSupervisedOutput(
            terms.Aggregate(TensorArithmetic.Plus).MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = embedding!.detach().MoveToOuterDisposeScope() })
        {
            Figures = distances,
        };

        void Compare(string name, Tensor ofStudent, Tensor ofTeacher, double weight)
        {
            var distance = loss.forward(ofStudent, ofTeacher);
            terms.Add(distance.Times(weight));
            distances[name] = distance.detach().MoveToOuterDisposeScope();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mapHead?.Dispose();
        pooledHead?.Dispose();
        loss.Dispose();
    }

    /// <summary>The teacher's feature map and pooled features, in the type of its own weights.</summary>
    private (Tensor Map, Tensor Pooled) Teach(Tensor images)
    {
        using var guard = no_grad();
        var weight = teacher.parameters().First();
        var type = weight.dtype;
        if (weight.device_type != images.device_type || weight.device_index != images.device_index)
        {
            teacher.to(images.device);
        }

        teacher.eval();
        var input = images.to(type);
        var features = teacher.ForwardFeatures(input);
        return (TokenMap.Of(teacher, features, input), teacher.ForwardHead(features, preLogits: true));
    }

    /// <summary>In the type of the layer's weights: what is compared should not be rounded.</summary>
    private static Tensor Exact(Linear layer, Tensor input)
    {
        using var exact = Autocast.Enable(enabled: false);
        return layer.call(input.to(layer.weight.dtype));
    }

    private static Tensor Resized(Tensor map, Tensor like) => map.shape[2] == like.shape[2] && map.shape[3] == like.shape[3]
        ? map
        : functional.interpolate(map, size: [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);

    private sealed record Settings(LocalityGuidanceMethodOptions Guidance, string Teacher, string TeacherWeights);
}
