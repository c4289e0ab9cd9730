using Cass.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

/// <summary>Softmax focal loss and label smoothing.</summary>
public sealed class SingleLabelLossTests
{
    private static readonly long[] Classes = [2, 0, 1, 2];

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(2)]
    public void Softmax_focal_loss_is_what_the_paper_defines(double gamma)
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -3, 3, 4, 3);
        double[] weights = [0.5, 1, 2];
        using var loss = new SoftmaxFocalLoss(gamma, weights, Reduction.None);
        var p = logits.softmax(1);
        for (var i = 0; i < Classes.Length; i++)
        {
            var pt = p[i, Classes[i]].ToDouble();
            var expected = -weights[Classes[i]] * Math.Pow(1 - pt, gamma) * Math.Log(pt);
            Assert.Equal(expected, loss.forward(logits, tensor(Classes))[i].ToDouble(), 10);
        }

        using var mean = new SoftmaxFocalLoss(gamma, weights);
        Expect.GradientIsRight(z => mean.forward(z, tensor(Classes)), logits);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Softmax_focal_loss_bears_extreme_logits(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var loss = new SoftmaxFocalLoss(gamma: 0.5);
        var logits = tensor(new[] { 1e4, -1e4, -1e4, 1e4 }, [2, 2]).to(type).requires_grad_();
        var right = loss.forward(logits, tensor(new long[] { 0, 1 }));
        right.backward();
        Assert.Equal(0, right.ToDouble());
        Assert.Equal(0, logits.grad!.abs().max().ToDouble());

        var wrong = loss.forward(logits, tensor(new long[] { 1, 0 }));
        Assert.Equal(2e4, wrong.ToDouble(), 100.0);
        wrong.backward();
        Expect.Close(tensor(new[] { 0.5, -0.5, -0.5, 0.5 }, [2, 2]), logits.grad!, 1e-5, "gradient");
    }

    [Fact]
    public void Label_smoothing_cross_entropy_is_cross_entropy_against_the_smoothed_target()
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -3, 3, 4, 3);
        var target = functional.one_hot(tensor(Classes), 3).to(ScalarType.Float64);
        using var smoothing = new LabelSmoothing(0.2, LabelKind.Exclusive);
        using var loss = new LabelSmoothingCrossEntropyLoss(0.2);
        var expected = -(smoothing.forward(target) * logits.log_softmax(1)).sum(1).mean();
        Expect.Close(expected, loss.forward(logits, tensor(Classes)), 1e-12, "loss");
        Expect.Close(functional.cross_entropy(logits, tensor(Classes), label_smoothing: 0.2), loss.forward(logits, tensor(Classes)), 1e-12, "torch's");
        Expect.GradientIsRight(z => loss.forward(z, tensor(Classes)), logits);
    }

    [Fact]
    public void Smoothed_labels()
    {
        using var scope = NewDisposeScope();
        using var independent = new LabelSmoothing();
        using var exclusive = new LabelSmoothing(0.1, LabelKind.Exclusive);
        var targets = tensor(new[] { true, false, false, false }, [1, 4]);
        Expect.Close(tensor(new[] { 0.95f, 0.05f, 0.05f, 0.05f }, [1, 4]), independent.forward(targets), 1e-6, "independent");
        Expect.Close(tensor(new[] { 0.925f, 0.025f, 0.025f, 0.025f }, [1, 4]), exclusive.forward(targets), 1e-6, "exclusive");
        Assert.Equal(ScalarType.Float32, independent.forward(targets).dtype);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LabelSmoothing(1));
        Assert.Throws<ArgumentException>(() => independent.forward(zeros(3)));
    }

    [Fact]
    public void Wrong_inputs_are_named_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var focal = new SoftmaxFocalLoss(classWeights: [1, 1, 1]);
        using var smoothing = new LabelSmoothingCrossEntropyLoss();
        foreach (var loss in new Module<Tensor, Tensor, Tensor>[] { focal, smoothing })
        {
            void Fails<T>(Tensor logits, Tensor targets, params string[] parts)
                where T : Exception
            {
                var message = Assert.Throws<T>(() => loss.forward(logits, targets)).Message;
                Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
            }

            Fails<ArgumentException>(zeros(2, 3), zeros(3, ScalarType.Int64), "[2, 3]", "[3]");
            Fails<ArgumentException>(zeros(2, 3), zeros(2, 3, 1), "[2, 3]", "class indices [batch]");
            Fails<ArgumentException>(zeros(2, 3), zeros(2), "Float32", "Int64");
            Fails<ArgumentException>(zeros(2, 3), zeros(2, ScalarType.Int64, META), "meta");
            Fails<ArgumentException>(zeros(0, 3), zeros(0, ScalarType.Int64), "[0, 3]");
            Fails<CassInputException>(zeros(2, 3), tensor(new long[] { 0, 3 }), "from 0 to 3", "0 to 2");
            Fails<CassInputException>(zeros(2, 3), tensor(new long[] { -1, 1 }), "-1");
        }

        Assert.Contains("3 class weights", Assert.Throws<ArgumentException>(() => focal.forward(zeros(2, 4), zeros(2, ScalarType.Int64))).Message, StringComparison.Ordinal);
    }

    /// <summary>Two classes, ln p of −ln 4 and −ln(4/3): logits 0 and ln 3.</summary>
    [Fact]
    public void The_loss_of_shares_is_that_worked_by_hand()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 0, Math.Log(3) }, [1, 2]);
        var shares = tensor(new[] { 0.3, 0.7 }, [1, 2]);
        using var crossEntropy = new SoftmaxFocalLoss(gamma: 0);
        using var focal = new SoftmaxFocalLoss(gamma: 2, classWeights: [1, 5], alpha: 3);
        Assert.Equal((0.3 * Math.Log(4)) + (0.7 * Math.Log(4.0 / 3)), crossEntropy.forward(logits, shares).ToDouble(), 12);
        Assert.Equal(
            3 * ((0.3 * 0.75 * 0.75 * Math.Log(4)) + (5 * 0.7 * 0.25 * 0.25 * Math.Log(4.0 / 3))),
            focal.forward(logits, shares).ToDouble(),
            12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(2)]
    public void Shares_of_one_class_are_its_index(double gamma)
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -3, 3, 4, 3);
        using var loss = new SoftmaxFocalLoss(gamma, [0.5, 1, 2], Reduction.None, alpha: 1.5);
        var oneHot = functional.one_hot(tensor(Classes), 3);
        Expect.Close(loss.forward(logits, tensor(Classes)), loss.forward(logits, oneHot), 1e-12, "loss");
        Expect.Close(loss.forward(logits, tensor(Classes)), loss.forward(logits, oneHot.to(ScalarType.Bool)), 1e-12, "loss of bool");
        using var mean = new SoftmaxFocalLoss(gamma, [0.5, 1, 2]);
        var shares = Sample.Uniform(2, 0.1, 1, 4, 3).softmax(1);
        Expect.GradientIsRight(z => mean.forward(z, shares), logits);
    }

    [Fact]
    public void Cross_entropy_of_shares_is_that_of_PyTorch()
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -3, 3, 4, 3);
        var shares = Sample.Uniform(2, -2, 2, 4, 3).softmax(1);
        var weights = tensor(new[] { 0.5, 1, 2 });
        using var loss = new SoftmaxFocalLoss(gamma: 0, classWeights: [0.5, 1, 2]);
        Expect.Close(functional.cross_entropy(logits, shares, weights), loss.forward(logits, shares), 1e-12, "torch's");
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void The_loss_of_shares_bears_extreme_logits(ScalarType type)
    {
        using var scope = NewDisposeScope();
        foreach (var gamma in new[] { 0, 0.5, 2 })
        {
            using var loss = new SoftmaxFocalLoss(gamma);
            var logits = tensor(new[] { 1e4, -1e4, -1e4, 1e4 }, [2, 2]).to(type).requires_grad_();
            var value = loss.forward(logits, eye(2, dtype: type));
            value.backward();
            Assert.Equal(0, value.ToDouble());
            Assert.Equal(0, logits.grad!.abs().max().ToDouble());
            Assert.Equal(1e4, loss.forward(logits, full([2, 2], 0.5, dtype: type)).ToDouble(), 50.0);
        }
    }

    [Fact]
    public void Shares_that_are_none_are_named()
    {
        using var scope = NewDisposeScope();
        using var loss = new SoftmaxFocalLoss();
        var several = Assert.Throws<CassInputException>(() => loss.forward(zeros(2, 3), tensor(new float[,] { { 1, 0, 0 }, { 1, 1, 0 } })));
        Assert.Contains("add up to 1 to 2", several.Message, StringComparison.Ordinal);
        Assert.Contains("FocalLoss", several.Message, StringComparison.Ordinal);
        Assert.Contains("add up to 0", Assert.Throws<CassInputException>(() => loss.forward(zeros(1, 3), zeros(1, 3))).Message, StringComparison.Ordinal);
        Assert.Throws<CassInputException>(() => loss.forward(zeros(1, 3), tensor(new float[,] { { 2, -1, 0 } })));
        Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3), zeros(2, 4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SoftmaxFocalLoss(alpha: 0));

        // Where values are not looked at, they make the loss of the image NaN.
        var poisoned = LossArguments.PoisonWithoutShares(ones(4), tensor(new float[,] { { 1, 0 }, { 1, 1 }, { 2, -1 }, { 0.25f, 0.75f } }));
        Assert.Equal([1f, float.NaN, float.NaN, 1f], poisoned.data<float>().ToArray());
    }

    [Fact]
    public void Off_the_CPU_an_impossible_class_makes_the_loss_NaN()
    {
        using var scope = NewDisposeScope();
        var picked = LossArguments.PoisonedAtClass(tensor(new[] { 1f, 2f, 3f, 4f }, [2, 2]), tensor(new long[] { 1, 2 }));
        Assert.Equal([2f, float.NaN], picked.data<float>().ToArray());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 10_000)]
    public void Any_number_of_samples_and_classes_will_do(int samples, int classes)
    {
        using var scope = NewDisposeScope();
        using var focal = new SoftmaxFocalLoss(gamma: 0);
        using var smoothing = new LabelSmoothingCrossEntropyLoss(0);
        var targets = zeros(samples, ScalarType.Int64);
        Assert.Equal(Math.Log(classes), focal.forward(zeros(samples, classes, ScalarType.Float64), targets).ToDouble(), 9);
        Assert.Equal(Math.Log(classes), smoothing.forward(zeros(samples, classes, ScalarType.Float64), targets).ToDouble(), 9);
    }

    [Fact]
    public void They_leave_only_their_result_behind()
    {
        using var logits = zeros(4, 3);
        using var targets = tensor(Classes);
        using var focal = new SoftmaxFocalLoss(2, [1, 2, 3]);
        using var smoothing = new LabelSmoothingCrossEntropyLoss();
        using var labels = new LabelSmoothing();
        Expect.LeavesTensors(0, () => focal.forward(logits, targets).Dispose());
        using var shares = full(4, 3, 1.0 / 3);
        Expect.LeavesTensors(0, () => focal.forward(logits, shares).Dispose());
        Expect.LeavesTensors(0, () => smoothing.forward(logits, targets).Dispose());
        Expect.LeavesTensors(0, () => labels.forward(logits).Dispose());
    }
}
