using System.Globalization;
using System.Text.Json;
using Cass.Models;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>
/// Backbones in float64 against timm 0.5.4 in float64 (Float64/make_float64_models.py), where every gradient is
/// determined: other members, image shapes, channels and pooling than the float32 references have.
/// </summary>
public sealed class Float64ModelTests
{
    private const double Tolerance = 1e-5;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Models", "Float64");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "float64_*.safetensors").Order(StringComparer.Ordinal).Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Everything_is_timms(string file)
    {
        var reference = ReferenceTensors.Read(Path.Combine(Folder, file));
        using var scope = NewDisposeScope();
        using var model = ReferenceModelTests.Create(reference);
        Assert.Equal(Names(reference, "state_keys"), model.state_dict().Keys.ToArray());
        Assert.Equal(Names(reference, "parameter_names"), model.named_parameters().Select(p => p.name).ToArray());
        Assert.Equal(Number(reference, "parameters"), model.parameters().Sum(p => p.NumberOfElements));

        DeterministicFill.Apply(model).to(ScalarType.Float64);
        using var images = DeterministicFill.Images(2, model.Configuration.InputChannels, Number(reference, "height"), Number(reference, "width")).to(ScalarType.Float64);
        model.eval();
        using (no_grad())
        {
            var unpooled = model.ForwardFeatures(images);
            var features = reference.ShapeOf("features").Length == 3 ? unpooled.narrow(1, 0, 2)
                : unpooled.dim() == 4 ? unpooled.mean([2, 3])
                : model.ForwardHead(unpooled, preLogits: true);
            AssertClose(reference["features"], features, "features");
            var logits = model.forward(images);
            AssertClose(reference["logits"], logits, "logits");
            if (model.NumClasses == 0)
            {
                Assert.Equal([2, model.NumFeatures], logits.shape);
            }
        }

        model.train();
        var loss = model.forward(images).square().mean();
        loss.backward();
        AssertClose(reference["train_loss"], loss.reshape(1), "train_loss");
        var expected = reference.DoublesOf("grad_norms");
        var greatest = expected.Max();
        foreach (var ((name, parameter), norm) in model.named_parameters().Zip(expected))
        {
            using var gradient = parameter.grad;
            var actual = gradient is null ? 0 : gradient.norm().item<double>();
            Assert.True(
                Math.Abs(actual - norm) <= (Tolerance * norm) + (1e-13 * greatest),
                string.Create(CultureInfo.InvariantCulture, $"{file}: gradient norm of {name} is {actual}, expected {norm}."));
        }

        var sums = reference.DoublesOf("buffer_sums");
        var buffers = model.state_dict();
        foreach (var (name, sum) in Names(reference, "buffer_names").Zip(sums))
        {
            Assert.Equal(sum, buffers[name].to(ScalarType.Float64).sum().item<double>(), Math.Max(1e-12, Tolerance * Math.Abs(sum)));
        }
    }

    private static string[] Names(ReferenceTensors reference, string key) => JsonSerializer.Deserialize<string[]>(reference.Metadata[key])!;

    private static long Number(ReferenceTensors reference, string key) => long.Parse(reference.Metadata[key], CultureInfo.InvariantCulture);

    private static void AssertClose(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        var scale = expected.abs().max().item<double>();
        var difference = (expected - actual).abs().max().item<double>();
        Assert.True(difference <= Tolerance * scale, string.Create(CultureInfo.InvariantCulture, $"{what}: differs by {difference} at a scale of {scale}."));
    }
}
