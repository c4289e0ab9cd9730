using System.Globalization;
using System.Text.Json;
using Cass.Models;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>
/// Backbones in float64 against timm 0.5.4 in float64 (Float64/make_float64_models.py), where gradients are
/// determined as far as they can be: other members, image shapes, channels and pooling than the float32 references have.
/// </summary>
[Collection(ModelCollection.Name)]
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

        var pass = TrainingPass.Run(model, images);
        var expectedLoss = reference.DoublesOf("train_loss")[0];
        var expected = model.named_parameters().Select(p => p.name).Zip(reference.DoublesOf("grad_norms")).ToList();
        var negligible = 1e-13 * expected.Max(e => e.Second);
        bool Agrees((string Name, double Norm) e, double tolerance) => Math.Abs(pass.GradientNorms[e.Name] - e.Norm) <= (tolerance * e.Norm) + negligible;
        if (Conditioning.Relative(pass.Loss, expectedLoss) > Tolerance || !expected.TrueForAll(e => Agrees(e, Tolerance)))
        {
            // A ReLU within rounding of zero makes even float64 a matter of the processor's instructions.
            var conditioning = Conditioning.Measure(() => DeterministicFill.Apply(ReferenceModelTests.Create(reference)), images, relative: 1e-15, pass);
            Assert.True(Conditioning.Relative(pass.Loss, expectedLoss) <= Tolerance + (2 * conditioning.OfLoss), $"{file}: the loss is {pass.Loss}, expected {expectedLoss}.");
            foreach (var e in expected)
            {
                var tolerance = Tolerance + (2 * conditioning.OfGradient(e.First));
                Assert.True(Agrees(e, tolerance), string.Create(CultureInfo.InvariantCulture, $"{file}: gradient norm of {e.First} is {pass.GradientNorms[e.First]}, expected {e.Second} within {tolerance}."));
            }
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
