using System.Globalization;
using System.Text.Json;
using Cass.Models;
using Cass.Tests.Order;
using Cass.Tests.Reference;
using Cass.TorchVision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models.TorchVision;

/// <summary>TorchVision's networks, filled, against torchvision's in float64: outputs, gradients and running statistics.</summary>
[Trait("Category", "Reference")]
[Trait("Category", LongTests.Category)]
[Collection(ModelCollection.Name)]
public sealed class TorchVisionReferenceTests
{
    private const long LargestOfShortTests = 12_000_000;

    public static TheoryData<string> Networks => [.. TorchVisionBackbones.Names];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Outputs_gradients_and_statistics_are_torchvisions(string name)
    {
        var entry = ReferenceFolder.Json("torchvision*.json").SelectMany(file => file.Document.RootElement.EnumerateArray())
            .Single(e => name == TorchVisionBackbones.Prefix + e.GetProperty("name").GetString());
        Assert.SkipUnless(LongTests.AreWanted || name == "torchvision_inception_v3" || entry.GetProperty("parameters").GetInt64() <= LargestOfShortTests, "A network this large is compared where CASS_LONG_TESTS is set.");
        using var scope = NewDisposeScope();
        using var network = Filled(new BackboneRegistry().RegisterTorchVision().Create(name, new BackboneOptions { NumClasses = 5, DropRate = 0 }));
        using var images = DeterministicFill.Images(2, 3, entry.GetProperty("height").GetInt64(), entry.GetProperty("width").GetInt64()).to(ScalarType.Float64);
        network.eval();
        using (no_grad())
        {
            AssertClose(Doubles(entry, "logits"), Values(network.forward(images)), "logits");
            var pooled = network.ForwardPooled(images);
            var every97th = pooled.index_select(1, arange(0, pooled.size(1), 97));
            AssertClose(Doubles(entry, "pooled"), Values(every97th), "pooled features");
        }

        var pass = TrainingPass.Run(network, images);
        AssertClose([entry.GetProperty("loss").GetDouble()], [pass.Loss], "loss");
        AssertEachClose(Doubles(entry, "gradient_norms"), [.. network.named_parameters().Select(p => pass.GradientNorms[p.name])], "gradient norms");
        AssertEachClose(
            Doubles(entry, "running_sums"),
            [.. network.state_dict().Where(tensor => tensor.Key.Contains("running", StringComparison.Ordinal)).Select(tensor => tensor.Value.sum().item<double>())],
            "running statistics");
    }

    /// <summary>The fill, with the biases before the ReLU of each squeeze and excitation raised as the reference has them.</summary>
    private static Backbone Filled(Backbone network)
    {
        DeterministicFill.Apply(network);
        using var ungraded = no_grad();
        foreach (var (name, parameter) in network.named_parameters().Where(p => p.name.EndsWith(".fc1.bias", StringComparison.Ordinal)))
        {
            parameter.add_(8);
        }

        network.to(ScalarType.Float64);
        return network;
    }

    private static double[] Doubles(JsonElement entry, string name) => [.. entry.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static double[] Values(Tensor tensor) => tensor.contiguous().data<double>().ToArray();

    private static void AssertClose(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = expected.Max(Math.Abs);
        var difference = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(difference <= 1e-6 * scale, string.Create(CultureInfo.InvariantCulture, $"{what}: differ by {difference} at a scale of {scale}."));
    }

    /// <summary>Each by itself, but for what is nothing but rounding, such as the gradients of biases before a batch norm.</summary>
    private static void AssertEachClose(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var negligible = 1e-12 * expected.Select(Math.Abs).DefaultIfEmpty().Max();
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= (1e-5 * Math.Abs(expected[i])) + negligible,
                string.Create(CultureInfo.InvariantCulture, $"{what}: number {i} is {actual[i]}, expected {expected[i]}."));
        }
    }
}
