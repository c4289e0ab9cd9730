using System.Text.Json;
using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

public sealed class InitializationTests
{
    private static readonly JsonElement Reference = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Models", "Initialization", "initialization.json"))).RootElement;

    /// <summary>
    /// Where the uniform draw is exactly −1, the reference's PyTorch 1.13 takes erfinv(−1) = −∞ and clamps the weight to −2;
    /// later versions draw −1 + 2⁻²⁴, whose weight is 0.02·√2·(−3.8325) = −0.1084. What that one weight changes of sum,
    /// sum of squares and first element.
    /// </summary>
    private static readonly double[] StrayDraw = [2 - 0.1084, (0.1084 * 0.1084) - 4, 0];

    public static TheoryData<string> Networks => [.. Reference.GetProperty("networks").EnumerateObject().Select(p => p.Name)];

    /// <summary>The same seed gives the weights that timm 0.5.4 draws from it (Initialization/make_initialization.py), but for rounding.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void A_seed_gives_timms_weights(string name)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(Reference.GetProperty("seed").GetInt64());
        using var model = BackboneRegistry.Default.Create(name, new BackboneOptions { NumClasses = Reference.GetProperty("num_classes").GetInt64() });
        var expected = Reference.GetProperty("networks").GetProperty(name).EnumerateObject().ToList();
        Assert.Equal(expected.Select(p => p.Name).ToArray(), model.state_dict().Keys.ToArray(), StringComparer.Ordinal);
        foreach (var (property, tensor) in expected.Zip(model.state_dict().Values))
        {
            var wide = tensor.to(ScalarType.Float64);
            double[] actual = [wide.sum().item<double>(), wide.square().sum().item<double>(), wide.flatten()[0].item<double>()];
            var scale = Math.Sqrt(property.Value[1].GetDouble());
            for (var i = 0; i < 3; i++)
            {
                var wanted = property.Value[i].GetDouble();
                var tolerance = (1e-5 * Math.Abs(wanted)) + (1e-5 * scale);
                Assert.True(
                    Math.Abs(actual[i] - wanted) <= tolerance || Math.Abs(actual[i] - wanted - StrayDraw[i]) <= tolerance + 1e-3,
                    $"{property.Name}[{i}]: {actual[i]}, expected {wanted}.");
            }
        }
    }

    [Theory]
    [InlineData("vit_small_patch16_224", 0.02)]
    [InlineData("deit_small_distilled_patch16_224", 0.02)]
    public void Transformer_weights_are_normal(string name, double deviation)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var model = BackboneRegistry.Default.Create(name);
        foreach (var (key, tensor) in model.state_dict().Where(p => p.Value.dim() >= 2 && !p.Key.StartsWith("patch_embed", StringComparison.Ordinal)))
        {
            var count = (double)tensor.NumberOfElements;
            Assert.True(Math.Abs(tensor.mean().item<float>()) <= 5 * deviation / Math.Sqrt(count), $"{key}: mean");
            Assert.True(Math.Abs(tensor.std().item<float>() - deviation) <= 5 * deviation / Math.Sqrt(2 * count), $"{key}: deviation");
            Assert.InRange(tensor.abs().max().item<float>(), 0, 6 * deviation);
        }
    }
}
