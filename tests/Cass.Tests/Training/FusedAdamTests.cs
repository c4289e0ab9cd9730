using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class FusedAdamTests
{
    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.1, false)]
    [InlineData(0.1, true)]
    public void Follows_the_published_update_in_double_precision(double weightDecay, bool decoupled)
    {
        using var scope = NewDisposeScope();
        double[] start = [0.5, -1.5, 2.0];
        double[] target = [1.0, -2.0, 3.0];
        using var parameter = new Parameter(tensor(start));
        using var optimizer = new FusedAdam(
            [new ParameterGroup([new("w", parameter)], weightDecay)],
            new AdamSettings(0.1, DecoupledWeightDecay: decoupled));
        var (w, m, v) = (start.ToArray(), new double[3], new double[3]);
        for (var step = 1; step <= 30; step++)
        {
            optimizer.ZeroGrad();
            (parameter - tensor(target)).square().sum().backward();
            optimizer.Step();
            for (var i = 0; i < 3; i++)
            {
                var g = 2 * (w[i] - target[i]);
                if (decoupled)
                {
                    w[i] -= 0.1 * weightDecay * w[i];
                }
                else
                {
                    g += weightDecay * w[i];
                }

                m[i] = (0.9 * m[i]) + (0.1 * g);
                v[i] = (0.999 * v[i]) + (0.001 * g * g);
                w[i] -= 0.1 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                Assert.Equal(w[i], parameter.data<double>()[i], 1e-9);
            }
        }
    }

    [Fact]
    public void Equals_the_plain_Adam_of_TorchSharp()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var plain = nn.Linear(64, 32);
        using var fused = nn.Linear(64, 32);
        fused.load_state_dict(plain.state_dict());
        using var reference = optim.Adam(plain.parameters(), 1e-3);
        using var optimizer = new FusedAdam([new ParameterGroup([.. fused.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter))])]);
        for (var step = 0; step < 50; step++)
        {
            using var stepScope = NewDisposeScope();
            var x = randn(8, 64);
            reference.zero_grad();
            plain.forward(x).square().mean().backward();
            reference.step();
            optimizer.ZeroGrad();
            fused.forward(x).square().mean().backward();
            optimizer.Step();
        }

        Assert.True((plain.weight! - fused.weight!).abs().max().item<float>() < 1e-6);
    }

    [Fact]
    public void A_gradient_of_a_1x1_kernel_is_taken_as_it_lies()
    {
        using var scope = NewDisposeScope();
        using var kernel = new Parameter(randn(6, 1, 1, 4).permute(0, 3, 1, 2));
        using var optimizer = new FusedAdam([new ParameterGroup([new("w", kernel)])]);
        var gradient = randn(6, 4).reshape(6, 4, 1, 1);
        Assert.NotEqual(kernel.stride(), gradient.stride());
        kernel.grad = gradient;
        optimizer.Step();
        Assert.Equal(gradient.stride(), kernel.grad!.stride());

        // The first step of Adam is the rate in the direction of the gradient's sign.
        using var moved = new Parameter(zeros(6, 4));
        using var plain = new FusedAdam([new ParameterGroup([new("w", moved)])]);
        moved.grad = gradient.reshape(6, 4);
        var before = kernel.reshape(6, 4).detach().clone();
        optimizer.Step();
        plain.Step();
        Assert.True((kernel.reshape(6, 4) - before - moved).abs().max().item<float>() < 1e-6);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    public void A_gradient_may_lie_otherwise_in_memory_than_its_parameter(double clip)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        var start = randn(3, 4, 5, 5);
        var slope = randn(3, 4, 5, 5);
        using var plain = new Parameter(start.clone());
        using var last = new Parameter(start.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        foreach (var parameter in (Parameter[])[plain, last])
        {
            using var optimizer = new FusedAdam([new ParameterGroup([new("w", parameter)])]);
            for (var step = 0; step < 3; step++)
            {
                parameter.grad = slope.clone();
                if (clip > 0)
                {
                    optimizer.ClipGradients(clip);
                }

                optimizer.Step();
            }
        }

        Assert.False(last.is_contiguous());
        Assert.True(plain.equal(last).all().item<bool>());
    }

    [Fact]
    public void Leaves_a_parameter_without_gradient_alone()
    {
        using var scope = NewDisposeScope();
        using var used = new Parameter(ones(2));
        using var unused = new Parameter(ones(2));
        using var optimizer = new FusedAdam([new ParameterGroup([new("used", used), new("unused", unused)], WeightDecay: 0.5)], new AdamSettings(0.1));
        used.sum().backward();
        optimizer.Step();
        Assert.Equal([1f, 1f], unused.data<float>().ToArray());
        Assert.NotEqual(1f, used.data<float>()[0]);
        Assert.Equal(0f, optimizer.State.Single(s => s.Key == "unused.step").Value.item<float>());
    }

    [Fact]
    public void A_groups_scale_multiplies_the_rate()
    {
        using var scope = NewDisposeScope();
        using var whole = new Parameter(zeros(1, float64));
        using var tenth = new Parameter(zeros(1, float64));
        using var optimizer = new FusedAdam(
            [new ParameterGroup([new("whole", whole)]), new ParameterGroup([new("tenth", tenth)], LearningRateScale: 0.1)],
            new AdamSettings(0.5));
        (whole.sum() + tenth.sum()).backward();
        optimizer.Step();
        Assert.Equal(-0.5, whole.item<double>(), 1e-7);
        Assert.Equal(-0.05, tenth.item<double>(), 1e-7);
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var layer = nn.Linear(16, 16);
        using var channelsLast = new Parameter(randn(3, 5, 5, 4).permute(0, 3, 1, 2).DetachFromDisposeScope());
        using var optimizer = new FusedAdam([new ParameterGroup([.. layer.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter)), new("last", channelsLast)])]);
        Step();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 10; i++)
        {
            Step();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            optimizer.ZeroGrad();
            layer.forward(ones(4, 16)).sum().Plus(channelsLast.sum()).backward();
            optimizer.Step();
        }
    }

    [Fact]
    public void The_same_parameter_name_twice_is_refused()
    {
        using var parameter = new Parameter(ones(1));
        var error = Assert.Throws<ArgumentException>(() => new FusedAdam([new ParameterGroup([new("w", parameter), new("w", parameter)])]));
        Assert.Contains("'w'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_do_not_decay()
    {
        using var layer = nn.Linear(3, 2);
        var groups = ParameterGroup.WithoutDecayForVectors(layer.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter)), 0.05);
        Assert.Equal(["weight"], groups.Single(g => g.WeightDecay == 0.05).Parameters.Select(p => p.Key));
        Assert.Equal(["bias"], groups.Single(g => g.WeightDecay == 0).Parameters.Select(p => p.Key));
    }
}
