using Cass.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

public sealed class FocalLossTests
{
    [Fact]
    public void Without_focus_and_weights_it_is_binary_cross_entropy() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var logits = Sample.Uniform(random.Next(), -15, 15, 4, 3);
                var targets = Sample.Uniform(random.Next(), 0, 1, 4, 3);
                using var loss = new FocalLoss(alpha: 1, gamma: 0, reduction: Reduction.None);
                var p = logits.sigmoid();
                var expected = -((targets * p.log()) + ((1 - targets) * (1 - p).log()));
                return loss.forward(logits, targets).allclose(expected, rtol: 1e-8, atol: 1e-9);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_stable_form_equals_the_published_one_where_that_is_accurate() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var logits = Sample.Uniform(random.Next(), -8, 8, 4, 3);
                var targets = Sample.Uniform(random.Next(), 0, 1, 4, 3).round();
                var alpha = 0.1 + random.NextDouble();
                var gamma = 3 * random.NextDouble();
                double[] weights = [0.2, 1, 0.5];
                using var stable = new FocalLoss(alpha, gamma, weights);
                using var published = new FocalLoss(alpha, gamma, weights, FocalLossForm.Published, epsilon: 1e-15);
                return stable.forward(logits, targets).allclose(published.forward(logits, targets), rtol: 1e-9, atol: 1e-11);
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Gradients_agree_with_differences(double gamma)
    {
        using var scope = NewDisposeScope();
        var random = new Random(3);
        using var loss = new FocalLoss(0.25, gamma, [1, 0.4]);
        var hard = Sample.Uniform(random.Next(), 0, 1, 4, 2).round();
        var soft = Sample.Uniform(random.Next(), 0.05, 0.95, 4, 2);
        var logits = Sample.Uniform(random.Next(), -4, 4, 4, 2);
        Expect.GradientIsRight(z => loss.forward(z, hard), logits);
        Expect.GradientIsRight(z => loss.forward(z, soft), logits);
    }

    [Theory]
    [InlineData(ScalarType.Float64, 0.5)]
    [InlineData(ScalarType.Float32, 0.5)]
    [InlineData(ScalarType.Float32, 0)]
    [InlineData(ScalarType.Float32, 2)]
    [InlineData(ScalarType.BFloat16, 0.5)]
    [InlineData(ScalarType.BFloat16, 2)]
    [InlineData(ScalarType.Float16, 2)]
    public void Extreme_logits_have_the_limit_as_value_and_gradient(ScalarType type, double gamma)
    {
        using var scope = NewDisposeScope();
        double[] magnitudes = [30, 100, 1024, 10_000];
        using var loss = new FocalLoss(gamma: gamma, reduction: Reduction.None);
        foreach (var magnitude in magnitudes)
        {
            // Columns: right and positive, right and negative, wrong and positive, wrong and negative.
            var logits = tensor(new double[] { magnitude, -magnitude, magnitude, -magnitude }, [1, 4]).to(type).requires_grad_();
            var held = logits.detach().to(ScalarType.Float64).abs()[0, 0].ToDouble();
            var targets = tensor(new double[] { 1, 0, 0, 1 }, [1, 4]);
            var value = loss.forward(logits, targets);
            value.sum().backward();

            var expected = tensor(new[] { 0, 0, held, held }, [1, 4]);
            Expect.Close(expected, value, 1e-6, $"{type} γ {gamma} ±{magnitude}");
            var slope = tensor(new double[] { 0, 0, 1, -1 }, [1, 4]);
            Expect.Close(slope, logits.grad!, 1e-6, $"{type} γ {gamma} ±{magnitude} gradient");
        }
    }

    [Fact]
    public void Small_losses_keep_their_digits_in_float32()
    {
        // γ = 2, target 1, logit 20: (1 − p)² · −log p with 1 − p = 1/(1 + e²⁰); the published form gives 0 or noise.
        using var scope = NewDisposeScope();
        var q = 1 / (1 + Math.Exp(20));
        var expected = q * q * -Math.Log(1 - q);
        using var loss = new FocalLoss();
        var value = loss.forward(full(1, 1, 20f), ones(1, 1)).ToDouble();
        Assert.Equal(1, value / expected, 1e-5);
    }

    [Fact]
    public void Class_weights_are_a_buffer_in_the_state_dict_and_follow_the_module()
    {
        using var scope = NewDisposeScope();
        using var loss = new FocalLoss(classWeights: [0.2, 1]);
        Assert.Equal("class_weights", Assert.Single(loss.state_dict().Keys));
        Assert.Empty(loss.parameters());

        loss.to(ScalarType.Float32);
        Assert.Equal(ScalarType.Float32, loss.state_dict()["class_weights"].dtype);

        using var other = new FocalLoss(classWeights: [1, 1]);
        other.to(ScalarType.Float64);
        other.load_state_dict(loss.state_dict());
        var logits = tensor(new double[] { 0.3, -0.4 }, [1, 2]);
        var targets = tensor(new double[] { 1, 1 }, [1, 2]);
        Assert.Equal(loss.forward(logits, targets).ToDouble(), other.forward(logits, targets).ToDouble());
    }

    [Fact]
    public void Weights_scale_their_column()
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -2, 2, 5, 3);
        var targets = Sample.Uniform(2, 0, 1, 5, 3).round();
        using var plain = new FocalLoss(reduction: Reduction.None);
        using var weighted = new FocalLoss(classWeights: [0.5, 2, 0], reduction: Reduction.None);
        var expected = plain.forward(logits, targets) * tensor(new[] { 0.5, 2, 0 });
        Expect.Close(expected, weighted.forward(logits, targets), 1e-12, "weighted");
        using var sum = new FocalLoss(reduction: Reduction.Sum);
        Assert.Equal(plain.forward(logits, targets).sum().ToDouble(), sum.forward(logits, targets).ToDouble(), 10);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(3, 10_000)]
    public void Any_number_of_samples_and_classes_will_do(int samples, int classes)
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -2, 2, samples, classes);
        var targets = Sample.Uniform(2, 0, 1, samples, classes).round();
        using var loss = new FocalLoss(classWeights: [.. Enumerable.Repeat(0.5, classes)]);
        var p = (logits * ((2 * targets) - 1)).sigmoid();
        var expected = (0.5 * (1 - p).square() * -p.log()).mean();
        Assert.Equal(expected.ToDouble(), loss.forward(logits, targets).ToDouble(), 9);
        Assert.Equal(expected.ToDouble(), loss.forward(logits.t().contiguous().t(), targets.to(ScalarType.Bool)).ToDouble(), 9);
    }

    [Fact]
    public void Wrong_inputs_are_named_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var loss = new FocalLoss(classWeights: [1, 1, 1]);
        void Fails<T>(Tensor logits, Tensor targets, params string[] parts)
            where T : Exception
        {
            var message = Assert.Throws<T>(() => loss.forward(logits, targets)).Message;
            Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }

        Fails<ArgumentException>(zeros(2, 3), zeros(2, 4), "[2, 3]", "[2, 4]", "[batch, classes]");
        Fails<ArgumentException>(zeros(3), zeros(3), "[3]", "[batch, classes]");
        Fails<ArgumentException>(zeros(4, 3), zeros(4, ScalarType.Int64), "[4, 3]", "[4]", "one_hot(targets, 3)", "SoftmaxFocalLoss");
        Fails<ArgumentException>(zeros(2, 4), zeros(2, 4), "[3]", "[2, 4]", "4 classes");
        Fails<ArgumentException>(zeros(2, 3, ScalarType.Int32), zeros(2, 3), "Int32", "floating point");
        Fails<ArgumentException>(zeros(2, 3), zeros(2, 3, device: META), "cpu", "meta");
        Fails<ArgumentException>(zeros(0, 3), zeros(0, 3), "[0, 3]");
        Fails<CassInputException>(zeros(2, 3), full(2, 3, 1.5f), "1.5", "[0, 1]");
        Fails<CassInputException>(zeros(2, 3), full(2, 3, -0.5f), "-0.5", "[0, 1]");
        Fails<CassInputException>(zeros(2, 3), full(2, 3, float.NaN), "NaN", "[0, 1]");
    }

    [Fact]
    public void Wrong_settings_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FocalLoss(alpha: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FocalLoss(gamma: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FocalLoss(gamma: double.NaN));
        Assert.Throws<ArgumentException>(() => new FocalLoss(classWeights: []));
        Assert.Throws<ArgumentException>(() => new FocalLoss(classWeights: [1, -1]));
        Assert.Throws<ArgumentException>(() => new FocalLoss(classWeights: [0, 0]));
    }

    [Fact]
    public void Off_the_CPU_an_impossible_target_makes_the_loss_NaN()
    {
        using var scope = NewDisposeScope();
        var poisoned = LossArguments.PoisonOutsideUnitInterval(ones(4), tensor(new[] { 0f, 1.01f, float.NaN, 1f }));
        Assert.Equal([1f, float.NaN, float.NaN, 1f], poisoned.data<float>().ToArray());
    }

    [Fact]
    public void It_leaves_only_its_result_behind()
    {
        using var logits = zeros(4, 3);
        using var targets = ones(4, 3);
        foreach (var form in Enum.GetValues<FocalLossForm>())
        {
            using var loss = new FocalLoss(0.5, 2, [1, 2, 3], form);
            Expect.LeavesTensors(0, () => loss.forward(logits, targets).Dispose());
        }
    }
}
