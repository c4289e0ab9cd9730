using Cass.Data;
using Cass.Losses;
using Cass.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// DINO (Caron et al. 2021, <em>Emerging Properties in Self-Supervised Vision Transformers</em>, arXiv 2104.14294): a student
/// that sees large and small crops of an image learns the output of a teacher that sees the large ones. The teacher is a moving
/// average of the student.
/// </summary>
/// <remarks>
/// <para>The network that is given is the teacher, which the paper evaluates; the student is a copy of it. The teacher's
/// batch norms keep statistics of their own, of large crops; nothing else in it is random, whatever dropout and stochastic
/// depth it has. Its parameters go on requiring gradients, which they never get.</para>
/// <para>The loss is a cross-entropy: the entropy of the teacher's probabilities and their divergence from the student's. The entropy
/// starts near 0 or near its greatest value and wanders, with the centre and the temperature, so that the loss may rise while the student
/// learns. Progress is judged by the divergence (<see cref="SelfSupervisedOutput.JudgedLoss"/>), which is at least 0; compare it between
/// epochs of one run, not between runs: a teacher that says little is easily followed.</para>
/// <para>Transformers take small crops only where they are made with <see cref="BackboneOptions.DynamicImageSize"/>.</para>
/// <para>Collapse is judged by the mean of the last layer's rows under the teacher's probabilities, which is the same for all
/// images where one dimension has taken over and where all have the same share. The figure <c>teacher entropy</c>, the mean
/// entropy of these probabilities, tells the two apart: near 0, or near the logarithm of the number of dimensions.</para>
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("vit_small_patch16_224", new BackboneOptions { DynamicImageSize = true });
/// using var method = new DinoMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 64 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class DinoMethod : ISelfSupervisedMethod
{
    private const string Key = "backbone";
    private const string StudentKey = "student";
    private const string EntropyFigure = "teacher entropy";
    private const int GlobalCrops = 2;

    /// <summary>Side of a small crop to that of a large one, as published.</summary>
    private const double LocalShare = 96.0 / 224;

    /// <summary>Pixels of an image to one of the last features of almost every convolutional network.</summary>
    private const int UsualStride = 32;

    private readonly DinoMethodOptions options;
    private readonly Backbone teacher;
    private readonly Backbone student;
    private readonly DinoHead teacherHead;
    private readonly DinoHead studentHead;
    private readonly DinoLoss loss;
    private readonly MomentumTeacher[] teachers;
    private readonly MomentumSchedule momentum;

    /// <summary>Makes the student and both heads, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the defaults where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">The network does not take crops of the size; the message says what helps.</exception>
    /// <exception cref="InvalidOperationException">The network cannot be copied; see <see cref="Backbone.Copy"/>.</exception>
    public DinoMethod(Backbone backbone, DinoMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.options = options = OptionsCopy.Of(options ?? new DinoMethodOptions());
        teacher = backbone;
        RequireLocalCrops();
        student = backbone.Copy();
        studentHead = new DinoHead(backbone, options);
        teacherHead = new DinoHead(backbone, options);
        var parameter = backbone.parameters().First();
        loss = new DinoLoss(options.OutputDimensions, options.StudentTemperature, DinoSchedules.TeacherTemperature(options, epoch: 1), options.CenterMomentum);
        loss.to(parameter.dtype).to(parameter.device);
        var ofHead = new MomentumTeacher(studentHead, teacherHead);
        ofHead.Start();

        // The student is the teacher's copy, so that there is nothing to start.
        teachers = [new MomentumTeacher(student, teacher, copyBuffers: false), ofHead];
        momentum = new MomentumSchedule(options.TeacherMomentum);
        Parts =
        [
            new TrainablePart(StudentKey, [student, studentHead])
            {
                Teachers = [teacher, teacherHead, loss],
                WeightDecay = step => DinoSchedules.WeightDecay(this.options, step),
                Groups = decay => ParameterGroup.WithoutDecayForVectors(
                    NamedParameters().Where(p => p.Value.requires_grad),
                    decay),
            },
        ];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };
    }

    /// <inheritdoc/>
    public string Name => "DINO";

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Backbone> Backbones { get; }

    /// <inheritdoc/>
    public object Options => OptionsCopy.Of(options);

    /// <inheritdoc/>
    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization)
    {
        ImageSizes.RequireViews(height, width, teacher);
        RequireLocalCrops(height, width);
        var (localHeight, localWidth) = LocalSize(height, width);
        return MultiCrop.Views(
            GlobalCrops,
            new RandomResizedCrop(height, width, (options.MinGlobalScale, 1), interpolation: Interpolation.Bicubic),
            options.LocalCrops,
            new RandomResizedCrop(localHeight, localWidth, (options.MinLocalScale, options.MaxLocalScale), interpolation: Interpolation.Bicubic),
            view => MultiCrop.DinoAugmentations(view, view < GlobalCrops ? Math.Min(height, width) : Math.Min(localHeight, localWidth), GlobalCrops),
            normalization);
    }

    /// <inheritdoc/>
    public void BeforeStep(TrainingStep step)
    {
        loss.TeacherTemperature = DinoSchedules.TeacherTemperature(options, step.Epoch);
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        if (views.Count != GlobalCrops + options.LocalCrops)
        {
            throw new ArgumentException($"{GlobalCrops + options.LocalCrops} views are expected, not {views.Count}.", nameof(views));
        }

        using var scope = NewDisposeScope();
        var taught = Teach([.. views.Take(GlobalCrops)]);
        var learnt = studentHead.forward(Features(student, views));
        var batch = views[0].shape[0];
        var (choices, entropy) = Judge(taught, batch);
        var value = loss.forward(learnt.view(views.Count, batch, options.OutputDimensions), taught.view(GlobalCrops, batch, options.OutputDimensions));
        return new SelfSupervisedOutput(
            value.MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = choices.MoveToOuterDisposeScope() })
        {
            JudgedLoss = value.detach().Minus(entropy).MoveToOuterDisposeScope(),
            Figures = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [EntropyFigure] = entropy.MoveToOuterDisposeScope() },
        };
    }

    /// <inheritdoc/>
    public void AfterBackward(TrainingStep step)
    {
        if (options.ParameterClipNorm > 0)
        {
            GradientClipping.ClipEach(Parts[0].Modules.SelectMany(module => module.parameters()), options.ParameterClipNorm);
        }

        if (step.Epoch <= options.FreezeLastLayerEpochs)
        {
            foreach (var parameter in studentHead.LastLayer)
            {
                parameter.grad = null;
            }
        }
    }

    /// <inheritdoc/>
    public void AfterStep(TrainingStep step)
    {
        var present = momentum.At(step.Step, step.TotalSteps);
        foreach (var following in teachers)
        {
            following.Follow(present);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        student.Dispose();
        studentHead.Dispose();
        teacherHead.Dispose();
        loss.Dispose();
    }

    /// <summary>The pooled features of all views, one after the other; neighbours of one size go through the network together.</summary>
    private static Tensor Features(Backbone network, IReadOnlyList<Tensor> views)
    {
        var features = new List<Tensor>();
        for (var i = 0; i < views.Count;)
        {
            var alike = views.Skip(i).TakeWhile(view => view.shape.AsSpan().SequenceEqual(views[i].shape)).ToList();
            features.Add(network.ForwardPooled(alike.Count == 1 ? alike[0] : cat(alike)));
            i += alike.Count;
        }

        return features.Count == 1 ? features[0] : cat(features);
    }

    /// <summary>
    /// Which prototypes, the rows of the last layer, the teacher gives the images to: their mean by the probabilities that the
    /// student is to learn, for the first view. It is the same for all images where one dimension has taken over and where all
    /// have the same share. Besides, the mean entropy of these probabilities, of both views.
    /// </summary>
    private (Tensor Choices, Tensor Entropy) Judge(Tensor taught, long batch)
    {
        using var guard = no_grad();
        var logProbabilities = taught.Minus(loss.Center).Over(loss.TeacherTemperature).log_softmax(-1);
        var probabilities = logProbabilities.exp();
        return (teacherHead.MeanPrototypes(probabilities.narrow(0, 0, batch)), probabilities.mul(logProbabilities).sum(-1).mean().neg());
    }

    /// <summary>
    /// The teacher's output, without gradient. In training, all but its batch norms computes as in evaluation, so that no dropout blurs
    /// what the student learns from.
    /// </summary>
    private Tensor Teach(IReadOnlyList<Tensor> views)
    {
        using var guard = no_grad();
        var training = teacher.training;
        teacher.eval();
        foreach (var norm in training ? teacher.modules().OfType<NormBase>() : [])
        {
            norm.train();
        }

        try
        {
            return teacherHead.forward(Features(teacher, views));
        }
        finally
        {
            teacher.train(training);
        }
    }

    private IEnumerable<KeyValuePair<string, Parameter>> NamedParameters() =>
        from module in Parts[0].Modules.Index()
        from parameter in module.Item.named_parameters()
        select new KeyValuePair<string, Parameter>($"{module.Index}.{parameter.name}", parameter.parameter);

    private (int Height, int Width) LocalSize(int height, int width)
    {
        if (options.LocalCropSize is { } side)
        {
            return (side, side);
        }

        var unit = SizeUnit();
        return (Scaled(height), Scaled(width));

        int Scaled(int full) => Math.Min(full, Math.Max(1, (int)Math.Round(full * LocalShare / unit)) * unit);
    }

    /// <summary>Side of a transformer's patches, which its first convolution cuts out; the stride of other networks' last features.</summary>
    private int SizeUnit() => teacher.Kind == BackboneKind.Transformer && teacher.state_dict().TryGetValue($"{teacher.Configuration.FirstConvolution}.weight", out var kernel) && kernel.dim() == 4
        ? (int)kernel.shape[2]
        : UsualStride;

    /// <summary>Refuses small crops that the network does not take, whatever size images have.</summary>
    private void RequireLocalCrops()
    {
        var input = teacher.Configuration;
        if (input.FixedInputSize)
        {
            RequireLocalCrops(input.InputHeight, input.InputWidth);
        }
        else if (options.LocalCropSize is { } side)
        {
            RequireLocalCrops(Math.Max(side, input.InputHeight), Math.Max(side, input.InputWidth));
        }
    }

    /// <summary>Refuses small crops that the network does not take, or that are larger than the large ones, for images of a size.</summary>
    private void RequireLocalCrops(int height, int width)
    {
        if (options.LocalCrops == 0)
        {
            return;
        }

        var (sizes, option) = (ImageSizes.Of(teacher), $"Method.{nameof(DinoMethodOptions.LocalCropSize)}");
        var (localHeight, localWidth) = LocalSize(height, width);
        if (localHeight > height || localWidth > width)
        {
            throw new CassInputException(
                $"{option} is {options.LocalCropSize}, more than the large crops have, which are {height}x{width} pixels, and small ones show a part of what they show. Set it to at most {Math.Min(height, width)}, such as {sizes.Nearest((int)(Math.Min(height, width) * LocalShare), least: 4, Math.Min(height, width))}, or to null for a size in proportion.");
        }

        if (sizes.Take(localHeight, localWidth))
        {
            return;
        }

        var what = options.LocalCropSize is { } side ? $"{option} is {side}" : $"DINO's small crops are {localHeight}x{localWidth} pixels";
        var remedy = teacher.Configuration.FixedInputSize
            ? $"Make it with {nameof(BackboneOptions)}.{nameof(BackboneOptions.DynamicImageSize)}, or set Method.{nameof(DinoMethodOptions.LocalCrops)} to 0 (and Method.{nameof(DinoMethodOptions.MinGlobalScale)} to 0.14, as the authors advise then)."
            : $"Set {option} to {sizes.Nearest(localHeight, least: 4, int.MaxValue)}, or to null for a size in proportion to the images.";
        throw new CassInputException($"{what}, and {teacher.ModelName} takes images {sizes.Rule}. {remedy}");
    }
}
