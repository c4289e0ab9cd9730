using Cass.Models;
using Cass.Onnx;
using Cass.Tests.Models;
using Cass.Tests.Order;
using Google.Protobuf;
using Onnx;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Onnx;

/// <summary>Weights out of ONNX models: by name, by order, and out of damaged and hostile files.</summary>
public sealed class OnnxWeightsTests
{
    [Theory]
    [InlineData("resnet")]
    [InlineData("vit")]
    public void A_network_that_was_exported_is_read_back_by_its_names(string family)
    {
        using var folder = new TemporaryFolder();
        using var network = SlimBackbones.Create(family, deep: true);
        Disturb(network);
        OnnxExport.Save(network, folder["model.onnx"], new OnnxExportOptions { ExternalWeights = family == "vit" });
        using var other = SlimBackbones.Create(family, deep: true);
        var report = BackboneWeights.Load(other, folder["model.onnx"]);
        Assert.Equal(WeightOrigin.Trained, other.WeightOrigin);
        Assert.Empty(report.Missing);
        AssertSameOutputs(network, other, 64);
    }

    /// <summary>Scaled norms and written-out position biases are not the network's weights, and are not taken for them.</summary>
    [Theory]
    [InlineData("convnext")]
    [InlineData("swin")]
    public void What_an_export_has_changed_is_not_read_back(string family)
    {
        using var folder = new TemporaryFolder();
        using var network = SlimBackbones.Create(family, deep: true);
        OnnxExport.Save(network, folder["model.onnx"]);
        Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(network, folder["model.onnx"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Other_names_are_matched_by_shape_and_order_also_where_a_shortcut_has_the_shape_of_its_neighbour(bool bottleneck)
    {
        using var folder = new TemporaryFolder();
        using var network = ResNet(bottleneck);
        Disturb(network);
        OnnxExport.Save(network, folder["named.onnx"]);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["named.onnx"]));
        Rename(model.Graph);
        File.WriteAllBytes(folder["model.onnx"], model.ToByteArray());
        using var other = ResNet(bottleneck);
        var report = BackboneWeights.Load(other, folder["model.onnx"], new WeightLoadOptions { AllowPartial = true });
        Assert.Equal(["fc.weight", "fc.bias"], report.Missing);
        using var images = randn(2, 3, 64, 64);
        using var guard = inference_mode();
        network.eval();
        other.eval();
        using var expected = network.ForwardPooled(images);
        using var found = other.ForwardPooled(images);
        Assert.InRange(found.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>(), 0, 1e-4);
    }

    [Fact]
    public void A_batch_norm_keeps_its_statistics_and_another_epsilon_is_made_up_for()
    {
        using var folder = new TemporaryFolder();
        using var network = ResNet(bottleneck: false);
        Disturb(network);
        OnnxExport.Save(network, folder["folded.onnx"]);

        // The first convolution again, with a batch norm after it as PyTorch exports one.
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["folded.onnx"]));
        var state = network.state_dict();
        var convolution = model.Graph.Node.First(node => node.OpType == "Conv");
        model.Graph.Initializer.Remove(model.Graph.Initializer.Single(weight => weight.Name == convolution.Input[1]));
        Add("conv1.weight", state["conv1.weight"]);
        Add("scale", state["bn1.weight"]);
        Add("shift", state["bn1.bias"]);
        Add("mean", state["bn1.running_mean"]);
        Add("variance", state["bn1.running_var"].sub(1e-3 - 1e-5));
        convolution.Input.RemoveAt(2);
        var norm = new NodeProto { OpType = "BatchNormalization", Name = "norm" };
        norm.Input.AddRange(["before", "scale", "shift", "mean", "variance"]);
        norm.Attribute.Add(new AttributeProto { Name = "epsilon", Type = AttributeProto.Types.AttributeType.Float, F = 1e-3f });
        norm.Output.Add(convolution.Output[0]);
        convolution.Output[0] = "before";
        model.Graph.Node.Insert(model.Graph.Node.IndexOf(convolution) + 1, norm);
        File.WriteAllBytes(folder["model.onnx"], model.ToByteArray());

        using var other = ResNet(bottleneck: false);
        BackboneWeights.Load(other, folder["model.onnx"]);
        AssertSameOutputs(network, other, 64);
        using var difference = other.state_dict()["bn1.running_var"].sub(state["bn1.running_var"]).abs().max();
        Assert.InRange(difference.item<float>(), 0, 1e-6);

        void Add(string name, Tensor tensor)
        {
            var proto = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
            proto.Dims.AddRange(tensor.shape);
            proto.FloatData.AddRange(tensor.reshape(-1).data<float>().ToArray());
            model.Graph.Initializer.Add(proto);
        }
    }

    [Fact]
    public void A_model_of_another_network_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var network = ResNet(bottleneck: true);
        OnnxExport.Save(network, folder["model.onnx"]);
        using var other = ResNet(bottleneck: false);
        Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(other, folder["model.onnx"]));
        using var transformer = SlimBackbones.Create("vit", deep: false);
        Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(transformer, folder["model.onnx"]));
    }

    [Theory]
    [InlineData("../secret.data")]
    [InlineData("/etc/passwd")]
    [InlineData("inner/../../secret.data")]
    [InlineData("link.data")]
    [InlineData("missing.data")]
    [InlineData("")]
    public void Values_outside_the_folder_of_the_model_are_not_read(string location)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["secret.data"], new byte[4096]);
        Directory.CreateDirectory(folder["model"]);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(folder["model/link.data"], folder["secret.data"]);
        }

        var proto = new TensorProto { Name = "w", DataType = (int)TensorProto.Types.DataType.Float, DataLocation = TensorProto.Types.DataLocation.External };
        proto.Dims.Add(4);
        proto.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        var model = new ModelProto { IrVersion = 8, Graph = new GraphProto() };
        model.Graph.Initializer.Add(proto);
        File.WriteAllBytes(folder["model/model.onnx"], model.ToByteArray());
        var error = Assert.Throws<WeightFileException>(() => OnnxFile.Open(folder["model/model.onnx"]));
        Assert.Contains("keeps the values of 'w'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new long[] { 1L << 40, 1L << 40 })]
    [InlineData(new long[] { -1 })]
    [InlineData(new long[] { int.MaxValue })]
    public void A_shape_without_values_takes_no_memory(long[] shape)
    {
        using var folder = new TemporaryFolder();
        var proto = new TensorProto { Name = "w", DataType = (int)TensorProto.Types.DataType.Float };
        proto.Dims.AddRange(shape);
        var model = new ModelProto { IrVersion = 8, Graph = new GraphProto() };
        model.Graph.Initializer.Add(proto);
        File.WriteAllBytes(folder["model.onnx"], model.ToByteArray());
        var before = GC.GetTotalAllocatedBytes();
        Assert.Throws<WeightFileException>(() => OnnxFile.Open(folder["model.onnx"]));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 20);
    }

    [Fact]
    [Trait("Category", LongTests.Category)]
    public void Damaged_models_give_an_error_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        using var network = SlimBackbones.Create("resnet", deep: false);
        OnnxExport.Save(network, folder["whole.onnx"]);
        var whole = File.ReadAllBytes(folder["whole.onnx"]);
        using var other = SlimBackbones.Create("resnet", deep: false);
        var random = new Random(8);
        var files = LongTests.Repeats(10_000, 150);
        var refused = 0;
        for (var i = 0; i < files; i++)
        {
            var damaged = whole.ToArray();
            for (var j = random.Next(1, 20); j > 0; j--)
            {
                // Half of the faults in the names and shapes, which are a small part of the file.
                var at = random.Next(2) == 0 ? random.Next(damaged.Length) : random.Next(Math.Min(2000, damaged.Length));
                damaged[at] = (byte)random.Next(256);
            }

            File.WriteAllBytes(folder["model.onnx"], random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                BackboneWeights.Load(other, folder["model.onnx"]);
            }
            catch (CassInputException)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L << 20);
        }

        Assert.InRange(refused, files / 4, files);
    }

    private static ResNet ResNet(bool bottleneck) => new(
        "small",
        new([2, 1, 1, 1], bottleneck) { Channels = [16, 16, 24, 32], BaseWidth = 64 },
        BackboneRegistry.Default.Configuration("resnet18"),
        new BackboneOptions { NumClasses = 5 });

    /// <summary>Names as exporters make them that do not know the network's, in another order of the constants.</summary>
    private static void Rename(GraphProto graph)
    {
        var names = graph.Initializer.Where(weight => weight.DataType != (int)TensorProto.Types.DataType.Int64).Select((weight, i) => (weight.Name, New: $"Parameter{(i * 37) + 5}")).ToDictionary(pair => pair.Name, pair => pair.New, StringComparer.Ordinal);
        foreach (var weight in graph.Initializer)
        {
            weight.Name = names.GetValueOrDefault(weight.Name, weight.Name);
        }

        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = names.GetValueOrDefault(node.Input[i], node.Input[i]);
            }
        }

        TensorProto[] reversed = [.. graph.Initializer.Reverse()];
        graph.Initializer.Clear();
        graph.Initializer.AddRange(reversed);
    }

    private static void Disturb(Backbone network)
    {
        using var guard = no_grad();
        foreach (var (name, tensor) in network.state_dict().Where(pair => pair.Value.is_floating_point() && pair.Value.dim() == 1))
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal))
            {
                tensor.uniform_(0.5, 2);
            }
            else
            {
                tensor.add_(randn_like(tensor).mul_(0.2));
            }
        }
    }

    private static void AssertSameOutputs(Backbone network, Backbone other, long side)
    {
        using var scope = NewDisposeScope();
        using var guard = inference_mode();
        network.eval();
        other.eval();
        var images = randn(2, 3, side, side);
        var expected = network.forward(images);
        Assert.InRange(other.forward(images).sub(expected).abs().max().item<float>() / expected.abs().max().item<float>(), 0, 1e-4);
    }
}
