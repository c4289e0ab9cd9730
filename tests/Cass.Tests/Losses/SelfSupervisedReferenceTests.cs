using Cass.Losses;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Losses;

/// <summary>The baselines' losses against values, gradients and centre computed in double precision.</summary>
[Trait("Category", "Reference")]
public sealed class SelfSupervisedReferenceTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Files => ReferenceFolder.Names("ssl*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void DINO_its_gradient_and_its_center(string file)
    {
        var reference = ReferenceFolder.Open(file);
        Assert.SkipUnless(reference.Contains("dino/loss"), $"{file} has no DINO case.");
        using var scope = NewDisposeScope();
        var student = reference["dino/student"].requires_grad_();
        using var loss = new DinoLoss(student.shape[^1]);
        loss.to(ScalarType.Float64);
        loss.load_state_dict(new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["center"] = reference["dino/center"] });

        var value = loss.forward(student, reference["dino/teacher"]);
        value.backward();

        Expect.Close(reference["dino/loss"], value.reshape(1), Tolerance, "loss");
        Expect.Close(reference["dino/grad_student"], student.grad!, Tolerance, "gradient");
        Expect.Close(reference["dino/center_after"], loss.Center, Tolerance, "centre");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void BYOL_and_its_gradient(string file)
    {
        var reference = ReferenceFolder.Open(file);
        Assert.SkipUnless(reference.Contains("byol/loss"), $"{file} has no BYOL case.");
        using var scope = NewDisposeScope();
        var prediction1 = reference["byol/p0"].requires_grad_();
        var prediction2 = reference["byol/p1"].requires_grad_();
        var target1 = reference["byol/z0"].requires_grad_();
        using var loss = new ByolLoss();

        var value = loss.Symmetrized(prediction1, prediction2, target1, reference["byol/z1"]);
        value.backward();

        Expect.Close(reference["byol/loss"], value.reshape(1), Tolerance, "loss");
        Expect.Close(reference["byol/grad_p0"], prediction1.grad!, Tolerance, "gradient");
        Assert.True(target1.grad is null, "A gradient reached the target network.");
    }
}
