using Cass.Data;
using Cass.Models;
using Cass.Onnx;
using Cass.OnnxRuntime;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Onnx;

/// <summary>Classifiers and small networks as ONNX files, run by ONNX Runtime and looked into as protocol buffers.</summary>
public sealed class OnnxClassifierTests
{
    [Theory]
    [InlineData(FineTuningLoss.Focal, false)]
    [InlineData(FineTuningLoss.Focal, true)]
    [InlineData(FineTuningLoss.CrossEntropy, false)]
    [InlineData(FineTuningLoss.CrossEntropy, true)]
    public void A_classifier_predicts_the_same_with_the_activation_in_the_graph_and_without(FineTuningLoss loss, bool activation)
    {
        using var folder = new TemporaryFolder();
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Loss, o.Threshold) = (loss, loss == FineTuningLoss.Focal ? 0.4 : o.Threshold)).Build();
        foreach (var network in trainer.Networks)
        {
            using var classifier = trainer.FineTune(network, TinyTraining.Images(16));
            var path = folder[$"{network.ModelName}.onnx"];
            OnnxExport.Save(classifier, path, new OnnxExportOptions { IncludeActivation = activation, Check = true });
            using var predictor = OnnxClassifier.Load(path);
            Assert.Equal(classifier.Labels.Names, predictor.Labels.Names);

            // Images of other sizes too, which both resize.
            IImageSource[] images = [.. TinyTraining.Images(7, 100).Images, new Noise(90, 41), new Noise(20, 33)];
            var expected = classifier.Predict(images);
            var found = predictor.Predict(images);
            for (var i = 0; i < images.Length; i++)
            {
                Assert.Equal((expected[i].Image, expected[i].Label), (found[i].Image, found[i].Label));
                Assert.Equal(expected[i].Labels, found[i].Labels);
                Assert.All(expected[i].Probabilities.Zip(found[i].Probabilities), pair => Assert.Equal(pair.First.Probability, pair.Second.Probability, 1e-5));
            }
        }
    }

    [Fact]
    public void Preprocessing_in_the_graph_comes_near_that_of_the_library()
    {
        using var folder = new TemporaryFolder();
        using var trainer = TinyTraining.Builder().Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16));
        OnnxExport.Save(classifier, folder["model.onnx"], new OnnxExportOptions { IncludePreprocessing = true, IncludeActivation = true, Check = true });
        using var predictor = OnnxClassifier.Load(folder["model.onnx"]);
        foreach (var image in new IImageSource[] { new Noise(32, 32), new Noise(100, 50), new Noise(17, 23), TinyTraining.Images(1, 50).Images[0] })
        {
            var (expected, found) = (classifier.Predict(image), predictor.Predict(image));
            Assert.All(expected.Probabilities.Zip(found.Probabilities), pair => Assert.Equal(pair.First.Probability, pair.Second.Probability, 0.02));
        }
    }

    [Fact]
    public void Half_precision_takes_half_the_space_and_stays_near()
    {
        using var folder = new TemporaryFolder();
        using var network = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { ImageHeight = 32, ImageWidth = 32, NumClasses = 4 });
        OnnxExport.Save(network, folder["full.onnx"]);
        OnnxExport.Save(network, folder["half.onnx"], new OnnxExportOptions { Precision = OnnxPrecision.Float16, Check = true });
        Assert.InRange(new FileInfo(folder["half.onnx"]).Length / (double)new FileInfo(folder["full.onnx"]).Length, 0.4, 0.7);
        Assert.All(Read(folder["half.onnx"]).Graph.Initializer.Where(weight => weight.DataType != (int)TensorProto.Types.DataType.Int64), weight => Assert.Equal((int)TensorProto.Types.DataType.Float16, weight.DataType));
    }

    [Fact]
    public void Weights_beside_the_model_are_found_and_are_removed_when_they_are_no_longer_a_part_of_it()
    {
        using var folder = new TemporaryFolder();
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 4 });
        OnnxExport.Save(network, folder["inside.onnx"]);
        OnnxExport.Save(network, folder["model.onnx"], new OnnxExportOptions { ExternalWeights = true, Check = true });
        Assert.True(new FileInfo(folder["model.onnx"]).Length < new FileInfo(folder["inside.onnx"]).Length / 2);
        Assert.Equal(Outputs(folder["inside.onnx"]), Outputs(folder["model.onnx"]));
        Assert.Equal(["inside.onnx", "model.onnx", "model.onnx.data"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        OnnxExport.Save(network, folder["model.onnx"]);
        Assert.False(File.Exists(folder["model.onnx.data"]));
    }

    [Fact]
    public void No_batch_norm_is_left_and_every_value_has_a_type()
    {
        using var folder = new TemporaryFolder();
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 4 });
        OnnxExport.Save(network, folder["model.onnx"]);
        var graph = Read(folder["model.onnx"]).Graph;
        Assert.DoesNotContain(graph.Node, node => node.OpType == "BatchNormalization");
        Assert.Empty(graph.Node.SelectMany(node => node.Output).Except(graph.ValueInfo.Concat(graph.Output).Select(info => info.Name), StringComparer.Ordinal));
        Assert.Equal(["batch", "height", "width"], graph.Input.Single().Type.TensorType.Shape.Dim.Select(dimension => dimension.DimParam).Where(name => name.Length > 0));
    }

    [Fact]
    public void A_network_of_ones_own_is_exported_by_its_architecture_and_is_refused_without()
    {
        using var folder = new TemporaryFolder();
        using var network = new OwnNetwork();
        OnnxOutputsOf(network);
        var refused = Assert.Throws<CassInputException>(() => OnnxExport.Save(network, folder["model.onnx"]));
        Assert.Contains("'own' is a OwnNetwork", refused.Message, StringComparison.Ordinal);
        Assert.Contains("IOnnxArchitecture<OwnNetwork>", refused.Message, StringComparison.Ordinal);

        var options = new OnnxExportOptions { Architectures = new OnnxArchitectures().Register(new OwnArchitecture()), Check = true };
        OnnxExport.Save(network, folder["model.onnx"], options);
        Assert.True(File.Exists(folder["model.onnx"]));

        // An architecture that forgets a layer is found out, and no file takes the good one's place.
        var good = File.ReadAllBytes(folder["model.onnx"]);
        var wrong = options with { Architectures = new OnnxArchitectures().Register(new OwnArchitecture { Forgets = true }) };
        Assert.Contains("differ by", Assert.Throws<CassException>(() => OnnxExport.Save(network, folder["model.onnx"], wrong)).Message, StringComparison.Ordinal);
        Assert.Equal(good, File.ReadAllBytes(folder["model.onnx"]));
    }

    [Fact]
    public void An_image_size_that_is_given_is_that_of_the_graph_and_a_check_leaves_every_mode_as_it_was()
    {
        using var folder = new TemporaryFolder();
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 4 });
        network.train();
        var frozen = network.modules().OfType<BatchNorm2d>().First();
        frozen.eval();
        OnnxExport.Save(network, folder["model.onnx"], new OnnxExportOptions { ImageSize = (40, 48), Check = true });
        Assert.Equal([3, 40, 48], Read(folder["model.onnx"]).Graph.Input.Single().Type.TensorType.Shape.Dim.Skip(1).Select(dimension => dimension.DimValue));
        Assert.True(network.training);
        Assert.False(frozen.training);
        Assert.All(network.modules().Where(module => module != frozen), module => Assert.True(module.training));
    }

    [Fact]
    public void Options_that_do_not_fit_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using var transformer = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { ImageHeight = 32, ImageWidth = 32 });
        Refused("AnyImageSize is true", new OnnxExportOptions { AnyImageSize = true });
        Refused("ImageSize is 48×32", new OnnxExportOptions { ImageSize = (48, 32) });
        Refused("IncludePreprocessing is for classifiers", new OnnxExportOptions { IncludePreprocessing = true });
        Refused("IncludeActivation is for classifiers", new OnnxExportOptions { IncludeActivation = true });
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));

        void Refused(string expected, OnnxExportOptions options) =>
            Assert.Contains(expected, Assert.Throws<CassInputException>(() => OnnxExport.Save(transformer, folder["model.onnx"], options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_no_classifiers_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 4 });
        OnnxExport.Save(network, folder["network.onnx"]);
        File.WriteAllText(folder["text.onnx"], "not a model");
        Refused("missing.onnx", "is not there");
        Refused("text.onnx", "cannot be run by ONNX Runtime");
        Refused("network.onnx", "without the metadata 'cass_classifier'");

        var model = Read(folder["network.onnx"]);
        model.MetadataProps.Add(new StringStringEntryProto { Key = OnnxClassifierMetadata.Key, Value = Metadata(5).ToJson() });
        Write(folder["classes.onnx"], model);
        Refused("classes.onnx", "not that of a classifier of 5 classes");
        model.MetadataProps[^1].Value = (Metadata(4) with { Std = [1] }).ToJson();
        Write(folder["std.onnx"], model);
        Refused("std.onnx", "3 means and 1 deviations");
        model.MetadataProps[^1].Value = "{";
        Write(folder["json.onnx"], model);
        Refused("json.onnx", "cannot be read");

        // Weights outside the model's folder are not read.
        File.WriteAllBytes(folder["secret.data"], new byte[1 << 20]);
        Directory.CreateDirectory(folder["inner"]);
        model.MetadataProps[^1].Value = Metadata(4).ToJson();
        foreach (var weight in model.Graph.Initializer.Where(weight => weight.RawData.Length > 64))
        {
            weight.DataLocation = TensorProto.Types.DataLocation.External;
            weight.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "../secret.data" });
            weight.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{weight.RawData.Length}" });
            weight.RawData = Google.Protobuf.ByteString.Empty;
        }

        Write(folder["inner/outside.onnx"], model);
        Refused("inner/outside.onnx", "cannot be run by ONNX Runtime");

        void Refused(string file, string expected)
        {
            var message = Assert.Throws<CassInputException>(() => OnnxClassifier.Load(folder[file])).Message;
            Assert.Contains(Path.GetFileName(file), message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
    }

    private static OnnxClassifierMetadata Metadata(int classes) => new()
    {
        Architecture = "tiny",
        Labels = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")],
        Thresholds = [0.5],
        Activation = OutputActivation.Sigmoid,
        ImageHeight = 32,
        ImageWidth = 32,
        Mean = [0.5, 0.5, 0.5],
        Std = [0.5, 0.5, 0.5],
    };

    private static ModelProto Read(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));

    private static void Write(string path, ModelProto model) => File.WriteAllBytes(path, Google.Protobuf.MessageExtensions.ToByteArray(model));

    private static float[] Outputs(string path)
    {
        using var session = new InferenceSession(path);
        var input = NamedOnnxValue.CreateFromTensor("images", new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<float>(Enumerable.Range(0, 2 * 3 * 40 * 48).Select(i => MathF.Sin(i)).ToArray(), [2, 3, 40, 48]));
        using var results = session.Run([input]);
        return [.. results[0].AsEnumerable<float>()];
    }

    private static void OnnxOutputsOf(OwnNetwork network)
    {
        using var guard = no_grad();
        network.Norm.running_mean!.uniform_(-1, 1);
        network.Norm.running_var!.uniform_(0.5, 2);
    }

    private sealed record Noise(int Width, int Height) : IImageSource
    {
        public string Name => $"noise {Width}×{Height}";

        public PixelImage Decode()
        {
            var pixels = new byte[Width * Height * 3];
            new Random(Width).NextBytes(pixels);
            return new PixelImage(Width, Height, 3, pixels);
        }
    }

    private sealed class OwnNetwork : Backbone
    {
        public OwnNetwork()
            : base("own", BackboneKind.Convolutional, BackboneRegistry.Default.Configuration("resnet18") with { InputHeight = 24, InputWidth = 24 }) => RegisterComponents();

        public Conv2d Conv { get; } = nn.Conv2d(3, 8, 3, stride: 2, padding: 1);

        public BatchNorm2d Norm { get; } = nn.BatchNorm2d(8);

        public Linear Fc { get; private set; } = nn.Linear(8, 3);

        public override long NumFeatures => 8;

        public override long NumClasses => 3;

        public override Tensor ForwardFeatures(Tensor images) => Norm.call(Conv.call(images)).relu();

        public override Tensor ForwardHead(Tensor features, bool preLogits = false) => preLogits ? features.mean([2, 3]) : Fc.call(features.mean([2, 3]));

        public override void ResetClassifier(long numClasses) => throw new NotSupportedException();

        protected override void RegisterComponents()
        {
            register_module("conv", Conv);
            register_module("norm", Norm);
            register_module("fc", Fc);
        }
    }

    private sealed class OwnArchitecture : IOnnxArchitecture<OwnNetwork>
    {
        public bool Forgets { get; init; }

        public bool TakesAnySize(OwnNetwork backbone) => true;

        public OnnxValue WriteFeatures(OwnNetwork backbone, OnnxGraph graph, OnnxValue images)
        {
            var convolved = graph.Convolution(backbone.Conv, images, backbone.Norm, "conv");
            return Forgets ? convolved : graph.Relu(convolved);
        }

        public OnnxValue WriteHead(OwnNetwork backbone, OnnxGraph graph, OnnxValue features) =>
            graph.Linear(backbone.Fc, graph.Mean(features, [2, 3]), "fc");
    }
}
