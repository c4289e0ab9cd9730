using Cass.Data;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class LocalityGuidanceMethodTests
{
    private const int Height = 64;
    private const int Width = 96;
    private const int Batch = 3;

    // Of images of 64×96 pixels, 8×12 tokens, and 2×3 places of the teacher: a place lies amid 4×4 tokens, and bilinear resizing
    // takes the mean of the inner 2×2.
    [Theory]
    [InlineData(TinyBackbones.Transformer, 1)]
    [InlineData(TinyBackbones.Distilled, 2)]
    [InlineData(TinyBackbones.Swin, 0)]
    public void The_loss_compares_each_place_of_the_CNN_with_the_patches_there_and_the_pooled_features(string name, int prefix)
    {
        using var student = Create(name);
        using var teacher = Create(TinyBackbones.ResNet);
        using var method = new LocalityGuidanceMethod(student, teacher, new LocalityGuidanceMethodOptions { FeatureWeight = 3, PooledWeight = 5 });
        using var scope = NewDisposeScope();
        var view = Assert.Single(Views(method));
        using var output = method.Forward([view]);

        var tokens = student.ForwardFeatures(view);
        Assert.Equal(prefix + (8 * 12), tokens.shape[1]);
        var map = teacher.ForwardFeatures(view);
        Assert.Equal([Batch, 64, 2, 3], map.shape);
        var (weight, bias) = Layer(method, 1);
        var given = new List<Tensor>();
        for (var row = 0; row < 2; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                var inner = from y in (int[])[1, 2] from x in (int[])[1, 2] select tokens[.., prefix + (((4 * row) + y) * 12) + (4 * column) + x];
                given.Add((stack([.. inner]).mean([0]).matmul(weight.t()) + bias).unsqueeze(2));
            }
        }

        var ofMap = Distance(cat([.. given], 2), map.flatten(2));
        var (pooledWeight, pooledBias) = Layer(method, 2);
        var pooled = student.ForwardHead(tokens, preLogits: true).matmul(pooledWeight.t()) + pooledBias;
        var ofPooled = Distance(pooled.unsqueeze(2), teacher.ForwardHead(map, preLogits: true).unsqueeze(2));
        Assert.Equal(ofMap, output.Figures["feature distance"].ToDouble(), 1e-4);
        Assert.Equal(ofPooled, output.Figures["pooled distance"].ToDouble(), 1e-4);
        Assert.Equal((3 * ofMap) + (5 * ofPooled), output.Loss.ToDouble(), 1e-3);
        Assert.Equal(TinySteps.Values(pooled), TinySteps.Values(output.Embeddings["backbone"]), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void A_convolutional_student_is_compared_place_by_place()
    {
        using var student = Create(TinyBackbones.ConvNeXt);
        using var teacher = Create(TinyBackbones.ResNet);
        using var method = new LocalityGuidanceMethod(student, teacher, new LocalityGuidanceMethodOptions { PooledWeight = 0 });
        using var scope = NewDisposeScope();
        var views = Views(method);
        using var output = method.Forward(views);
        var (weight, bias) = Layer(method, 1);
        var given = student.ForwardFeatures(views[0]).flatten(2).transpose(1, 2).matmul(weight.t()) + bias;
        Assert.Equal(Distance(given.transpose(1, 2), teacher.ForwardFeatures(views[0]).flatten(2)), output.Loss.ToDouble(), 1e-4);
        Assert.Equal(["feature distance"], output.Figures.Keys);
        Assert.Equal([Batch, 64], output.Embeddings["backbone"].shape);
        Assert.Equal(2, method.Parts[0].Modules.Count);
    }

    [Fact]
    public void The_teacher_keeps_every_bit_and_is_evaluated()
    {
        using var student = TinyMethods.Network(TinyBackbones.Transformer);
        using var teacher = TinyMethods.Network(TinyBackbones.ResNet, seed: 2);
        var before = WeightFingerprint.Of(teacher);
        using var method = new LocalityGuidanceMethod(student, teacher);
        teacher.train();
        TinySteps.Pretrain(method, epochs: 3, learningRate: 0.01);
        Assert.Equal(before, WeightFingerprint.Of(teacher));
        Assert.All(teacher.modules(), module => Assert.False(module.training));
        Assert.All(teacher.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.grad is null));
        Assert.DoesNotContain(teacher, method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)));
    }

    [Fact]
    public void The_teacher_is_brought_to_the_images_and_stays_there()
    {
        // Torch has no kernel of a convolution for its device without values.
        using var student = new PointwiseNetwork();
        using var teacher = new PointwiseNetwork();
        using var method = new LocalityGuidanceMethod(student, teacher);
        foreach (var module in method.Parts[0].Modules)
        {
            module.to(META);
        }

        using var images = zeros(4, 3, 2, 2, device: META);
        for (var step = 0; step < 2; step++)
        {
            using var output = method.Forward([images]);
            Assert.Equal(DeviceType.META, output.Loss.device_type);
            Assert.All(teacher.state_dict().Values, tensor => Assert.Equal(DeviceType.META, tensor.device_type));
        }
    }

    [Fact]
    public void A_run_goes_on_with_the_same_teacher_only()
    {
        using var folder = new TemporaryFolder();
        Run(teacherSeed: 2, epochs: 1);
        Run(teacherSeed: 2, epochs: 1);
        var error = Assert.Throws<CheckpointMismatchException>(() => Run(teacherSeed: 3, epochs: 1));
        Assert.Contains("TeacherWeights was", error.Message, StringComparison.Ordinal);

        void Run(int teacherSeed, int epochs)
        {
            using var student = TinyMethods.Network(TinyBackbones.Transformer);
            using var teacher = TinyMethods.Network(TinyBackbones.ResNet, teacherSeed);
            using var method = new LocalityGuidanceMethod(student, teacher);
            var options = new RunOptions { Device = "cpu" };
            options.Checkpoints.Folder = folder.Path;
            using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = epochs, BatchSize = 4 }, options);
            pretrainer.Run(TinyTraining.Images(4).Images, cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void The_transformer_learns_what_the_CNN_sees()
    {
        using var student = TinyMethods.Network(TinyBackbones.Transformer);
        using var teacher = TinyMethods.Network(TinyBackbones.ResNet, seed: 2);
        using var method = new LocalityGuidanceMethod(student, teacher);
        var history = TinySteps.Pretrain(method, epochs: 20, learningRate: 0.003);
        Assert.True(history[^1].Figures["feature distance"] < 0.9, $"{history[^1].Figures["feature distance"]}");
        Assert.True(history[^1].Figures["pooled distance"] < 0.9, $"{history[^1].Figures["pooled distance"]}");
    }

    [Fact]
    public void What_cannot_learn_or_teach_is_refused_with_the_remedy()
    {
        using var student = TinyMethods.Network(TinyBackbones.Transformer);
        using var transformer = TinyMethods.Network(TinyBackbones.Swin);
        using var cnn = TinyMethods.Network(TinyBackbones.ResNet);
        Assert.Contains("own teacher", Assert.Throws<ArgumentException>(() => new LocalityGuidanceMethod(cnn, cnn)).Message, StringComparison.Ordinal);
        Assert.Contains("tiny_swin is a transformer", Assert.Throws<CassInputException>(() => new LocalityGuidanceMethod(student, transformer)).Message, StringComparison.Ordinal);
        var error = Assert.Throws<InvalidOptionsException>(() => new LocalityGuidanceMethod(student, cnn, new LocalityGuidanceMethodOptions { FeatureWeight = 0, PooledWeight = 0 }));
        Assert.Contains("nothing to learn", error.Message, StringComparison.Ordinal);

        using var foreign = new ForeignTransformer(student);
        using var method = new LocalityGuidanceMethod(foreign, cnn);
        using var scope = NewDisposeScope();
        var unknown = Assert.Throws<CassInputException>(() => method.Forward(TinySteps.Views(method)));
        Assert.Contains("The features of foreign, [4, 17, 16], are no map", unknown.Message, StringComparison.Ordinal);

        using var pooledAlone = new LocalityGuidanceMethod(foreign, cnn, new LocalityGuidanceMethodOptions { FeatureWeight = 0 });
        using var output = pooledAlone.Forward(TinySteps.Views(pooledAlone));
        Assert.Equal(["pooled distance"], output.Figures.Keys);
    }

    private static Backbone Create(string name)
    {
        random.manual_seed(1);
        return TinyBackbones.Registry().Create(name, new BackboneOptions { ImageHeight = Height, ImageWidth = Width, DropPathRate = 0, NumClasses = 10 });
    }

    private static Tensor[] Views(LocalityGuidanceMethod method) => new ViewBatches(method.CreateViews(Height, Width, ViewBatches.Normalization), 1, Batch).Views(0);

    private static (Tensor Weight, Tensor Bias) Layer(LocalityGuidanceMethod method, int module)
    {
        Tensor[] parameters = [.. method.Parts[0].Modules[module].parameters()];
        return (parameters[0], parameters[1]);
    }

    /// <summary>The mean squared distance from the standardised features, channel by channel: both [batch, channels, places].</summary>
    private static double Distance(Tensor student, Tensor teacher)
    {
        var sum = 0.0;
        for (var c = 0; c < teacher.shape[1]; c++)
        {
            double[] given = [.. TinySteps.Values(student.select(1, c)).Select(v => (double)v)];
            double[] wanted = [.. TinySteps.Values(teacher.select(1, c)).Select(v => (double)v)];
            var mean = wanted.Average();
            var deviation = Math.Sqrt(wanted.Average(v => (v - mean) * (v - mean)) + 1e-5);
            sum += given.Zip(wanted).Average(pair => Math.Pow(pair.First - ((pair.Second - mean) / deviation), 2));
        }

        return sum / teacher.shape[1];
    }

    /// <summary>A transformer of which only its caller knows how its tokens lie.</summary>
    private sealed class ForeignTransformer(Backbone inner) : Backbone("foreign", BackboneKind.Transformer, inner.Configuration)
    {
        public override long NumFeatures => inner.NumFeatures;

        public override long NumClasses => 0;

        public override Tensor ForwardFeatures(Tensor images) => inner.ForwardFeatures(images);

        public override Tensor ForwardHead(Tensor features, bool preLogits = false) => inner.ForwardHead(features, preLogits: true);

        public override void ResetClassifier(long numClasses)
        {
        }

        public override IEnumerable<TorchSharp.Modules.Parameter> parameters(bool recurse = true) => inner.parameters(recurse);
    }

    /// <summary>A network that looks at each pixel alone.</summary>
    private sealed class PointwiseNetwork : Backbone
    {
        private readonly TorchSharp.Modules.Linear pixel = nn.Linear(3, 5);

        public PointwiseNetwork()
            : base("pointwise", BackboneKind.Convolutional, new BackboneConfiguration(2, 2, 3, [0, 0, 0], [1, 1, 1], 1, "bilinear", "pixel", [])) => RegisterComponents();

        public override long NumFeatures => 5;

        public override long NumClasses => 0;

        public override Tensor ForwardFeatures(Tensor images) => pixel.forward(images.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);

        public override Tensor ForwardHead(Tensor features, bool preLogits = false) => features.mean([2, 3]);

        public override void ResetClassifier(long numClasses)
        {
        }
    }
}
