using Cass.Models;
using Cass.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.MixedPrecision;

public sealed class GradientCheckpointingTests
{
    [Fact]
    public void A_block_that_cannot_be_computed_anew_is_an_error_that_can_be_caught()
    {
        using var scope = NewDisposeScope();
        var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 3 });
        network.ToChannelsLast();
        Tensor loss;
        using (GradientCheckpointing.Enable())
        {
            loss = network.forward(rand(2, 3, 32, 32)).sum();
        }

        network.Dispose();
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => loss.backward());
        Assert.NotNull(BackwardFailure.Take());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_and_running_statistics_are_those_of_a_plain_pass(string name, bool mixed)
    {
        var plain = Pass(name, mixed, checkpointing: false);
        var recomputed = Pass(name, mixed, checkpointing: true);

        Assert.Equal(plain.Loss, recomputed.Loss);
        Assert.Equal(plain.Tensors.Keys, recomputed.Tensors.Keys);
        foreach (var (tensor, values) in plain.Tensors)
        {
            var largest = values.Max(Math.Abs);
            Assert.All(values.Zip(recomputed.Tensors[tensor]), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5 * largest, $"{tensor}: {pair}"));
        }
    }

    [Fact]
    public void Every_block_is_computed_a_second_time_and_only_where_a_gradient_is_wanted()
    {
        using var block = new Counting();
        using var input = ones(3, requires_grad: true);
        using (GradientCheckpointing.Enable())
        {
            using var output = GradientCheckpointing.Run([block, block], input);
            Assert.Equal(2, block.Calls);
            output.sum().backward();
        }

        Assert.Equal(4, block.Calls);
        Assert.Equal(2, block.CallsWithoutGradient);
        Assert.All(input.grad!.data<float>(), gradient => Assert.Equal(9, gradient));
        Assert.All(block.Factor.grad!.data<float>(), gradient => Assert.Equal(6, gradient));

        using var constant = ones(3);
        using (GradientCheckpointing.Enable())
        {
            using var output = GradientCheckpointing.Run([block], constant);
            Assert.Equal(2, block.CallsWithoutGradient);
        }
    }

    [Fact]
    public void The_random_state_afterwards_is_that_of_a_plain_pass()
    {
        Assert.Equal(Next(checkpointing: false), Next(checkpointing: true));

        static float Next(bool checkpointing)
        {
            random.manual_seed(7);
            using var network = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { DropRate = 0.2 });
            network.train();
            using var images = randn(2, 3, 32, 32);
            using (GradientCheckpointing.Enable(checkpointing))
            {
                using var output = network.forward(images);
                output.sum().backward();
            }

            using var next = rand(1);
            return next.item<float>();
        }
    }

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var name in TinyBackbones.Names)
        {
            cases.Add(name, false);
            cases.Add(name, true);
        }

        return cases;
    }

    private static (double Loss, Dictionary<string, double[]> Tensors) Pass(string name, bool mixed, bool checkpointing)
    {
        random.manual_seed(6);
        using var scope = NewDisposeScope();
        using var network = TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 3, DropRate = 0.1, DropPathRate = 0.1 });
        network.train();
        Tensor loss;
        using (Autocast.Enable(mixed))
        using (GradientCheckpointing.Enable(checkpointing))
        {
            loss = network.forward(randn(4, 3, 32, 32)).square().mean();
        }

        loss.backward();
        var tensors = network.named_parameters().Where(p => p.parameter.grad is not null).Select(p => ("gradient of " + p.name, p.parameter.grad!))
            .Concat(network.named_buffers().Select(b => (b.name, b.buffer)))
            .ToDictionary(p => p.Item1, p => p.Item2.to(ScalarType.Float64).reshape(-1).data<double>().ToArray(), StringComparer.Ordinal);
        return (loss.ReadDouble(), tensors);
    }

    /// <summary>Multiplies by 3.</summary>
    private sealed class Counting : nn.Module<Tensor, Tensor>
    {
        public Counting()
            : base(nameof(Counting))
        {
            Factor = new TorchSharp.Modules.Parameter(full(3, 3f));
            RegisterComponents();
        }

        public TorchSharp.Modules.Parameter Factor { get; }

        public int Calls { get; private set; }

        public int CallsWithoutGradient { get; private set; }

        public override Tensor forward(Tensor input)
        {
            Calls++;
            CallsWithoutGradient += is_grad_enabled() ? 0 : 1;
            return input * Factor;
        }
    }
}
