using Cass.Losses;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

/// <summary>The losses against values and gradients that PyTorch computed with the published formulas.</summary>
[Trait("Category", "Reference")]
public sealed class LossReferenceTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Files => ReferenceFolder.Names("losses*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Similarity_and_its_gradients(string file)
    {
        var reference = ReferenceFolder.Open(file);
        foreach (var name in Cases(reference, "/per_sample"))
        {
            using var scope = NewDisposeScope();
            var x = reference[$"{name}/x"].requires_grad_();
            var y = reference[$"{name}/y"].requires_grad_();
            using var perSample = new NormalizedL2SimilarityLoss(Reduction.None);
            using var mean = new NormalizedL2SimilarityLoss();

            Expect.Close(reference[$"{name}/per_sample"], perSample.forward(x, y), Tolerance, $"{file} {name} per sample");
            mean.forward(x, y).backward();
            Expect.Close(reference[$"{name}/grad_x"], x.grad!, Tolerance, $"{file} {name} gradient of x");
            Expect.Close(reference[$"{name}/grad_y"], y.grad!, Tolerance, $"{file} {name} gradient of y");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Focal_loss_and_its_gradient_in_the_published_form(string file)
    {
        var reference = ReferenceFolder.Open(file);
        foreach (var name in Cases(reference, "/alpha_gamma"))
        {
            using var scope = NewDisposeScope();
            var logits = reference[$"{name}/logits"].requires_grad_();
            using var loss = Focal(reference, name, FocalLossForm.Published);

            var value = loss.forward(logits, reference[$"{name}/target"]);
            value.backward();

            Expect.Close(reference[$"{name}/loss"], value.reshape(1), Tolerance + Resolution(reference, name), $"{file} {name}");
            Expect.Close(reference[$"{name}/grad"], logits.grad!, Tolerance, $"{file} {name} gradient");
        }
    }

    /// <summary>
    /// In float32 the published form loses its digits from logits of about 10 on (1 − p is a difference of nearly equal
    /// numbers). The stable form must agree with the file below that, and everywhere with the published formula taken
    /// in double precision.
    /// </summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Focal_loss_and_its_gradient_in_the_stable_form(string file)
    {
        var reference = ReferenceFolder.Open(file);
        foreach (var name in Cases(reference, "/alpha_gamma"))
        {
            using var scope = NewDisposeScope();
            var logits = reference[$"{name}/logits"].requires_grad_();
            using var loss = Focal(reference, name, FocalLossForm.Stable);
            var value = loss.forward(logits, reference[$"{name}/target"]);
            value.backward();

            var exactLogits = reference[$"{name}/logits"].to(ScalarType.Float64).detach().requires_grad_();
            var exact = Published(exactLogits, reference[$"{name}/target"], Weights(reference, name), reference.FloatsOf($"{name}/alpha_gamma"));
            exact.backward();
            Expect.Close(exact, value, Tolerance, $"{file} {name} in double precision");
            Expect.Close(exactLogits.grad!, logits.grad!, Tolerance, $"{file} {name} gradient in double precision");

            if (logits.detach().abs().max().ToDouble() < 8)
            {
                Expect.Close(reference[$"{name}/loss"], value.reshape(1), Tolerance, $"{file} {name}");
                Expect.Close(reference[$"{name}/grad"], logits.grad!, Tolerance, $"{file} {name} gradient");
            }
        }
    }

    /// <summary>
    /// How much the published form moves where the sigmoid is rounded the other way, by one unit in the last place of a
    /// float32 near 1: log(1 − p) by 2⁻²⁴/(1 − p). Nothing for logits of a usual size.
    /// </summary>
    private static double Resolution(ReferenceTensors reference, string name)
    {
        var logits = reference[$"{name}/logits"].to(ScalarType.Float64);
        var targets = reference[$"{name}/target"].to(ScalarType.Float64);
        var wrong = (1 - targets) * ((1 / (1 - logits.sigmoid())) - 1);
        return Math.Pow(2, -24) * reference.FloatsOf($"{name}/alpha_gamma")[0] * (wrong * tensor(Weights(reference, name))).mean().ToDouble();
    }

    private static FocalLoss Focal(ReferenceTensors reference, string name, FocalLossForm form)
    {
        var settings = reference.FloatsOf($"{name}/alpha_gamma");
        return new FocalLoss(settings[0], settings[1], [.. Weights(reference, name).Select(w => (double)w)], form);
    }

    private static float[] Weights(ReferenceTensors reference, string name) =>
        reference.FloatsOf(reference.Contains($"{name}/weights") ? $"{name}/weights" : "focal/weights");

    private static Tensor Published(Tensor logits, Tensor targets, float[] weights, float[] alphaGamma)
    {
        var p = logits.sigmoid();
        var logPt = (targets * (p + 1e-12).log()) + ((1 - targets) * (1 - p + 1e-12).log());
        return (-alphaGamma[0] * (1 - logPt.exp()).pow((double)alphaGamma[1]) * logPt * tensor(weights)).mean();
    }

    private static string[] Cases(ReferenceTensors reference, string member)
    {
        string[] cases = [.. reference.Keys.Where(key => key.EndsWith(member, StringComparison.Ordinal)).Select(key => key[..^member.Length])];
        Assert.NotEmpty(cases);
        return cases;
    }
}
