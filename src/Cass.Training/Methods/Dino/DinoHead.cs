using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// DINO's projection head (Caron et al. 2021, appendix C): three layers with GELU, the output brought to length 1, and a
/// weight-normalised linear layer. State-dict names are those of the authors' code. It computes in the type of its weights.
/// </summary>
internal sealed class DinoHead : Module<Tensor, Tensor>
{
    private const double Deviation = 0.02;

    private readonly Sequential mlp;

    [ComponentName(Name = "last_layer")]
    private readonly WeightNormalizedLinear lastLayer;

    public DinoHead(Backbone network, DinoMethodOptions options)
        : base(nameof(DinoHead))
    {
        mlp = Sequential(
            ("0", Linear(network.NumFeatures, options.HiddenWidth)),
            ("1", GELU()),
            ("2", Linear(options.HiddenWidth, options.HiddenWidth)),
            ("3", GELU()),
            ("4", Linear(options.HiddenWidth, options.BottleneckWidth)));
        foreach (var linear in mlp.children().OfType<Linear>())
        {
            // A truncated normal distribution in the original, cut off a hundred deviations out.
            init.normal_(linear.weight, 0, Deviation);
            init.zeros_(linear.bias!);
        }

        lastLayer = new WeightNormalizedLinear(options.BottleneckWidth, options.OutputDimensions, learnsMagnitude: !options.NormalizeLastLayer);
        RegisterComponents();
        var parameter = network.parameters().First();
        this.to(parameter.dtype).to(parameter.device);
    }

    /// <summary>The parameters that are frozen at first.</summary>
    public IEnumerable<Parameter> LastLayer => lastLayer.parameters();

    /// <summary>The directions of length 1 before the last layer: [rows, <see cref="DinoMethodOptions.BottleneckWidth"/>].</summary>
    public Tensor Directions(Tensor features)
    {
        using var exact = Autocast.Enable(enabled: false);
        using var output = mlp.call(features);
        return functional.normalize(output, p: 2, dim: -1, eps: 1e-12);
    }

    /// <summary>The output for directions: [rows, <see cref="DinoMethodOptions.OutputDimensions"/>].</summary>
    public Tensor Logits(Tensor directions)
    {
        using var exact = Autocast.Enable(enabled: false);
        return lastLayer.call(directions);
    }

    /// <summary>
    /// The mean of the last layer's rows, weighted by probabilities [rows, <see cref="DinoMethodOptions.OutputDimensions"/>]:
    /// [rows, <see cref="DinoMethodOptions.BottleneckWidth"/>].
    /// </summary>
    public Tensor MeanPrototypes(Tensor probabilities)
    {
        using var guard = no_grad();
        using var rows = lastLayer.Rows();
        return probabilities.matmul(rows);
    }

    /// <summary>From pooled features [rows, features] to the output.</summary>
    public override Tensor forward(Tensor input)
    {
        using var directions = Directions(input);
        return Logits(directions);
    }

    /// <summary>PyTorch's <c>weight_norm(Linear(…, bias=False))</c>, of rows w = g·v/‖v‖ (Salimans and Kingma 2016, eq. 2), with g = 1 at first.</summary>
    private sealed class WeightNormalizedLinear : Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight_g")]
        private readonly Parameter magnitude;

        [ComponentName(Name = "weight_v")]
        private readonly Parameter direction;

        public WeightNormalizedLinear(long inputs, long outputs, bool learnsMagnitude)
            : base(nameof(WeightNormalizedLinear))
        {
            var bound = 1 / Math.Sqrt(inputs);
            magnitude = new Parameter(ones(outputs, 1), requires_grad: learnsMagnitude);
            direction = new Parameter(empty(outputs, inputs).uniform_(-bound, bound));
            magnitude.DetachFromDisposeScope();
            direction.DetachFromDisposeScope();
            register_parameter("weight_g", magnitude);
            register_parameter("weight_v", direction);
        }

        public override Tensor forward(Tensor input)
        {
            using var rows = Rows();
            return functional.linear(input, rows);
        }

        public Tensor Rows()
        {
            using var lengths = direction.norm(1, keepdim: true);
            using var unit = direction.div(lengths);
            return unit.mul(magnitude);
        }
    }
}
