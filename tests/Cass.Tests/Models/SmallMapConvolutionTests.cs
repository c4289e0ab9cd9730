using System.Runtime.InteropServices;
using Cass.Models;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>Convolutions as matrix products beside PyTorch's convolution in double precision.</summary>
public sealed class SmallMapConvolutionTests
{
    private static readonly Gen<Geometry> Geometries =
        from kernelHeight in Gen.Choose(1, 4)
        from kernelWidth in Gen.Choose(1, 4)
        from stride in Gen.Choose(1, 3)
        from paddingHeight in Gen.Choose(0, 3)
        from paddingWidth in Gen.Choose(0, 3)
        from height in Gen.Choose(1, 7)
        from width in Gen.Choose(1, 7)
        from batch in Gen.Choose(1, 3)
        let geometry = new Geometry(batch, height, width, kernelHeight, kernelWidth, stride, paddingHeight, paddingWidth)
        where geometry.OutputHeight > 0 && geometry.OutputWidth > 0
        select geometry;

    [Fact]
    public void It_is_the_convolution_whatever_its_geometry() => Prop
        .ForAll(Geometries.ToArbitrary(), geometry =>
        {
            using var scope = NewDisposeScope();
            using var convolution = nn.Conv2d(
                5,
                6,
                (geometry.KernelHeight, geometry.KernelWidth),
                (geometry.Stride, geometry.Stride),
                (geometry.PaddingHeight, geometry.PaddingWidth),
                bias: false);
            var images = randn(geometry.Batch, 5, geometry.Height, geometry.Width);
            var truth = Pass(images, convolution.weight, (x, w) => Stock(convolution, x, w), ScalarType.Float64);
            var products = Pass(images, convolution.weight, (x, w) => Kn2Row.Run(x.permute(0, 2, 3, 1), w.permute(0, 2, 3, 1), ConvolutionGeometry.Of(convolution, x)).permute(0, 3, 1, 2), ScalarType.Float32);
            AssertClose(truth, products);
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Theory]
    [InlineData(512, 512, 2, 3, 1, true, true)]
    [InlineData(256, 512, 4, 3, 2, true, true)]
    [InlineData(512, 512, 3, 3, 1, true, true)]
    [InlineData(512, 512, 1, 3, 1, true, true)]
    [InlineData(512, 2048, 3, 1, 1, true, true)]
    [InlineData(2048, 512, 3, 1, 1, false, true)]
    [InlineData(512, 512, 4, 3, 1, true, false)]
    [InlineData(512, 512, 2, 3, 1, false, false)]
    [InlineData(64, 64, 2, 3, 1, true, false)]
    public void Layers_of_ResNets_take_it_where_it_is_faster(int inputs, int outputs, int size, int kernel, int stride, bool channelsLast, bool suits)
    {
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2, bias: false);
        var images = ChannelsLast(randn(3, inputs, size, size));
        if (channelsLast)
        {
            using var guard = no_grad();
            convolution.weight.set_(ChannelsLast(convolution.weight));
        }

        Assert.Equal(suits, SmallMapConvolution.Suits(convolution, images));
        var truth = Pass(images, convolution.weight, (x, w) => Stock(convolution, x, w), ScalarType.Float64);
        images.requires_grad_();
        var output = SmallMapConvolution.Run(convolution, images);
        output.backward([Slope(output)]);
        AssertClose(truth, (output, images.grad!, convolution.weight.grad!));
        if (kernel > 1)
        {
            Assert.Equal(convolution.weight.stride(), convolution.weight.grad!.stride());
        }

        using (var ungraded = no_grad())
        {
            AssertClose(truth.Output, SmallMapConvolution.Run(convolution, images));
        }

        convolution.eval();
        Assert.False(SmallMapConvolution.Suits(convolution, images));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_frozen_gets_no_gradient(bool freezeWeights)
    {
        using var scope = NewDisposeScope();
        using var convolution = Wide();
        var images = randn(2, 256, 2, 2);
        var truth = Pass(images, convolution.weight, (x, w) => Stock(convolution, x, w), ScalarType.Float64);
        convolution.weight.requires_grad = !freezeWeights;
        images.requires_grad = freezeWeights;
        var output = SmallMapConvolution.Run(convolution, images);
        output.backward([Slope(output)]);
        Assert.Equal(freezeWeights, convolution.weight.grad is null);
        Assert.Equal(!freezeWeights, images.grad is null);
        AssertClose(freezeWeights ? truth.OfInput : truth.OfWeight, (freezeWeights ? images.grad : convolution.weight.grad)!);
    }

    [Fact]
    public void Gradients_of_two_uses_are_added()
    {
        using var scope = NewDisposeScope();
        using var convolution = Wide();
        var (first, second) = (randn(2, 256, 2, 2), randn(3, 256, 3, 3));
        var (ofFirst, ofSecond) = (Pass(first, convolution.weight, (x, w) => Stock(convolution, x, w), ScalarType.Float64), Pass(second, convolution.weight, (x, w) => Stock(convolution, x, w), ScalarType.Float64));
        var (once, twice) = (SmallMapConvolution.Run(convolution, first), SmallMapConvolution.Run(convolution, second));
        autograd.backward([once, twice], [Slope(once), Slope(twice)]);
        AssertClose(ofFirst.OfWeight + ofSecond.OfWeight, convolution.weight.grad!);
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var convolution = Wide();
        using var images = randn(2, 256, 2, 2).requires_grad_();
        var counts = new List<long>();
        for (var step = 0; step < 4; step++)
        {
            using (var scope = NewDisposeScope())
            {
                var output = SmallMapConvolution.Run(convolution, images);
                output.backward([Slope(output)]);
            }

            counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        // A pass holds what it gave until the next.
        Assert.Equal(counts[0], counts[^1]);
    }

    [Theory]
    [InlineData("resnet18", false)]
    [InlineData("resnet18", true)]
    [InlineData("resnet26", false)]
    public void Networks_with_channels_last_learn_as_by_PyTorchs_convolutions(string name, bool checkpointed)
    {
        using var scope = NewDisposeScope();
        manual_seed(77);
        using var network = BackboneRegistry.Default.Create(name, new BackboneOptions { NumClasses = 7 });
        using (no_grad())
        {
            // Blocks begin as the identity, whose convolutions have no gradient.
            foreach (var norm in network.modules().OfType<BatchNorm2d>())
            {
                norm.weight!.uniform_(0.5, 1.5);
            }
        }

        network.ToChannelsLast();
        using var truth = network.Copy();
        foreach (var convolution in truth.modules().OfType<Conv2d>())
        {
            convolution.eval();
        }

        var images = randn(6, 3, 64, 64);
        using (GradientCheckpointing.Enable(checkpointed))
        {
            var logits = network.forward(images.detach().requires_grad_());
            logits.backward([Slope(logits)]);
        }

        var expected = truth.forward(images);
        expected.backward([Slope(expected)]);
        foreach (var ((parameter, value), (_, original)) in network.named_parameters().Zip(truth.named_parameters()))
        {
            // An activation near zero may fall to its other side.
            var difference = (value.grad! - original.grad!).norm().item<float>();
            Assert.True(difference <= 1e-2 * (original.grad!.norm().item<float>() + 1e-6), parameter);
        }

        Assert.False(network.named_parameters().Zip(truth.named_parameters()).All(pair => pair.First.parameter.grad!.equal(pair.Second.parameter.grad!).all().item<bool>()), "Both took the same way.");
    }

    [Fact]
    public void A_backward_pass_over_weights_that_have_changed_is_an_error_that_can_be_caught()
    {
        using var scope = NewDisposeScope();
        using var convolution = Wide();
        var loss = SmallMapConvolution.Run(convolution, randn(2, 256, 2, 2)).sum();
        using (no_grad())
        {
            convolution.weight.add_(1);
        }

        Assert.Throws<ExternalException>(() => loss.backward());
        Assert.Contains("modified by an inplace operation", BackwardFailure.Take()?.SourceException.Message, StringComparison.Ordinal);
        Assert.Null(BackwardFailure.Take());
        Assert.Null(convolution.weight.grad);
    }

    [Fact]
    public void Threads_that_have_ended_hold_no_gradients()
    {
        using var convolution = Wide();
        convolution.weight.requires_grad = false;
        using var images = randn(2, 256, 2, 2);
        var counts = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            var thread = new Thread(() =>
            {
                using var scope = NewDisposeScope();
                var output = SmallMapConvolution.Run(convolution, images.detach().requires_grad_());
                output.backward([Slope(output)]);
            });
            thread.Start();
            thread.Join();
            counts.Add(Tensor.TotalCount);
        }

        Assert.Equal(counts[0], counts[^1]);
    }

    private static Conv2d Wide()
    {
        var convolution = nn.Conv2d(256, 256, 3, padding: 1, bias: false);
        using var guard = no_grad();
        using var weight = ChannelsLast(convolution.weight);
        convolution.weight.set_(weight);
        return convolution;
    }

    private static Tensor ChannelsLast(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    private static Tensor Stock(Conv2d convolution, Tensor images, Tensor weight) =>
        nn.functional.conv2d(images, weight, null, convolution.stride!, convolution.padding!);

    private static (Tensor Output, Tensor OfInput, Tensor OfWeight) Pass(Tensor images, Tensor weight, Func<Tensor, Tensor, Tensor> run, ScalarType type)
    {
        var (x, w) = (images.detach().to(type).clone().requires_grad_(), weight.detach().to(type).clone().requires_grad_());
        var output = run(x, w);
        output.backward([Slope(output)]);
        return (output.detach(), x.grad!, w.grad!);
    }

    /// <summary>A gradient that differs from element to element.</summary>
    private static Tensor Slope(Tensor output) => arange(output.numel(), float64).mul_(0.7).sin_().to(ScalarType.Float32).to(output.dtype).view(output.shape);

    private static void AssertClose((Tensor Output, Tensor OfInput, Tensor OfWeight) expected, (Tensor Output, Tensor OfInput, Tensor OfWeight) actual)
    {
        AssertClose(expected.Output, actual.Output);
        AssertClose(expected.OfInput, actual.OfInput);
        AssertClose(expected.OfWeight, actual.OfWeight);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var error = (expected - actual.detach().to(ScalarType.Float64)).abs().max().item<double>();
        Assert.InRange(error, 0, 1e-5 * Math.Max(1, expected.abs().max().item<double>()));
    }

    private sealed record Geometry(int Batch, int Height, int Width, int KernelHeight, int KernelWidth, int Stride, int PaddingHeight, int PaddingWidth)
    {
        public int OutputHeight => Output(Height, KernelHeight, PaddingHeight);

        public int OutputWidth => Output(Width, KernelWidth, PaddingWidth);

        private int Output(int size, int kernel, int padding) => size + (2 * padding) < kernel ? 0 : ((size + (2 * padding) - kernel) / Stride) + 1;
    }
}
