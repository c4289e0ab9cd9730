using Cass.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Onnx;

/// <content>Layers of networks, in evaluation mode.</content>
public sealed partial class OnnxGraph
{
    private static readonly double SquareRootOfTwo = Math.Sqrt(2);

    /// <summary>A convolution, and the batch norm after it, which becomes part of its weights.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="norm">The batch norm after it; null where there is none.</param>
    /// <param name="name">What its weights are called.</param>
    /// <returns>[batch, channels, height, width].</returns>
    /// <exception cref="CassInputException">Its padding is not of zeros, or the batch norm has no running statistics.</exception>
    public OnnxValue Convolution(Conv2d convolution, OnnxValue input, BatchNorm2d? norm, string name) => Convolution(convolution, input, norm, name, stride: null);

    /// <summary>A convolution with another stride than its own, where one is given.</summary>
    internal OnnxValue Convolution(Conv2d convolution, OnnxValue input, BatchNorm2d? norm, string name, long? stride)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var (strides, padding, dilations) = Geometry(convolution, name);
        strides = stride is { } given ? [given, given] : strides;
        var (weight, bias) = Folded(convolution, norm, name);
        List<OnnxValue> inputs = [input, Weight(weight, $"{name}.weight")];
        if (bias is not null)
        {
            inputs.Add(Weight(bias, $"{name}.bias"));
        }

        long? Side(int i) => input.Shape[2 + i] is { } size ? ((size + (2 * padding[i]) - (dilations[i] * (weight.shape[2 + i] - 1)) - 1) / strides[i]) + 1 : null;
        return Node(
            "Conv",
            inputs,
            [input.Shape[0], weight.shape[0], Side(0), Side(1)],
            ("kernel_shape", (IReadOnlyList<long>)[weight.shape[2], weight.shape[3]]),
            ("strides", strides),
            ("pads", (IReadOnlyList<long>)[padding[0], padding[1], padding[0], padding[1]]),
            ("dilations", dilations),
            ("group", convolution.groups));
    }

    /// <summary>A batch norm on its own, as a factor and a summand for each channel.</summary>
    /// <param name="norm">The batch norm.</param>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="name">What its weights are called.</param>
    /// <returns>The same shape.</returns>
    /// <exception cref="CassInputException">It has no running statistics.</exception>
    public OnnxValue BatchNorm(BatchNorm2d norm, OnnxValue input, string name)
    {
        ArgumentNullException.ThrowIfNull(norm);
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var (factor, summand) = Affine(norm, name);
        return Add(Multiply(input, Weight(factor.reshape(-1, 1, 1), $"{name}.factor")), Weight(summand.reshape(-1, 1, 1), $"{name}.summand"));
    }

    /// <summary>A linear layer over the last dimension.</summary>
    /// <param name="linear">The layer.</param>
    /// <param name="input">[…, inputs].</param>
    /// <param name="name">What its weights are called.</param>
    /// <returns>[…, outputs].</returns>
    public OnnxValue Linear(Linear linear, OnnxValue input, string name)
    {
        ArgumentNullException.ThrowIfNull(linear);
        return Linear(linear.weight, linear.bias, input, name);
    }

    /// <summary>A linear map over the last dimension, by its weights.</summary>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs]; null for none.</param>
    /// <param name="input">[…, inputs].</param>
    /// <param name="name">What its weights are called.</param>
    /// <returns>[…, outputs].</returns>
    public OnnxValue Linear(Tensor weight, Tensor? bias, OnnxValue input, string name)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(input);
        using var transposed = weight.t();
        IReadOnlyList<long?> shape = [.. input.Shape.SkipLast(1), weight.shape[0]];
        var product = Node("MatMul", [input, Weight(transposed, $"{name}.weight")], shape);
        return bias is null ? product : Add(product, Weight(bias, $"{name}.bias"));
    }

    /// <summary>A layer norm over the last dimension.</summary>
    /// <param name="weight">[features].</param>
    /// <param name="bias">[features].</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="input">[…, features].</param>
    /// <param name="name">What its weights are called.</param>
    /// <returns>The same shape.</returns>
    public OnnxValue LayerNorm(Tensor weight, Tensor bias, double epsilon, OnnxValue input, string name)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Node("LayerNormalization", [input, Weight(weight, $"{name}.weight"), Weight(bias, $"{name}.bias")], input.Shape, ("axis", -1L), ("epsilon", (float)epsilon));
    }

    /// <summary>The rectifier, max(x, 0).</summary>
    /// <param name="input">Any shape.</param>
    /// <returns>The same shape.</returns>
    public OnnxValue Relu(OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Node("Relu", [input], input.Shape);
    }

    /// <summary>The Gaussian error linear unit x·Φ(x) (Hendrycks and Gimpel 2016), exactly, by the error function.</summary>
    /// <param name="input">Any shape.</param>
    /// <returns>The same shape.</returns>
    public OnnxValue Gelu(OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var error = Node("Erf", [Node("Div", [input, Scalar(SquareRootOfTwo)], input.Shape)], input.Shape);
        return Multiply(Multiply(input, Add(error, Scalar(1))), Scalar(0.5));
    }

    /// <summary>The softmax over the last dimension.</summary>
    /// <param name="input">Any shape.</param>
    /// <returns>The same shape.</returns>
    public OnnxValue Softmax(OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Node("Softmax", [input], input.Shape, ("axis", -1L));
    }

    /// <summary>The sigmoid of each element.</summary>
    /// <param name="input">Any shape.</param>
    /// <returns>The same shape.</returns>
    public OnnxValue Sigmoid(OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Node("Sigmoid", [input], input.Shape);
    }

    /// <summary>Maximum pooling.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">What is added on each side.</param>
    /// <returns>[batch, channels, height, width].</returns>
    public OnnxValue MaxPool(OnnxValue input, long kernel, long stride, long padding) => Pool("MaxPool", input, kernel, stride, padding, ceil: false);

    /// <summary>Average pooling without padding; an incomplete window at the end counts what it has, where <paramref name="ceil"/> asks for one.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="ceil">Whether an incomplete window counts.</param>
    /// <returns>[batch, channels, height, width].</returns>
    public OnnxValue AveragePool(OnnxValue input, long kernel, long stride, bool ceil) => Pool("AveragePool", input, kernel, stride, padding: 0, ceil);

    private OnnxValue Pool(string operation, OnnxValue input, long kernel, long stride, long padding, bool ceil)
    {
        ArgumentNullException.ThrowIfNull(input);
        long? Side(int i) => input.Shape[i] is { } size ? ((size + (2 * padding) - kernel + (ceil ? stride - 1 : 0)) / stride) + 1 : null;
        return Node(
            operation,
            [input],
            [input.Shape[0], input.Shape[1], Side(2), Side(3)],
            ("kernel_shape", (IReadOnlyList<long>)[kernel, kernel]),
            ("strides", (IReadOnlyList<long>)[stride, stride]),
            ("pads", (IReadOnlyList<long>)[padding, padding, padding, padding]),
            ("ceil_mode", ceil ? 1L : 0L));
    }

    private static (IReadOnlyList<long> Strides, IReadOnlyList<long> Padding, IReadOnlyList<long> Dilations) Geometry(Conv2d convolution, string name)
    {
        if (convolution.padding_mode != TorchSharp.PaddingModes.Zeros || convolution.padding is not { Length: > 0 } padding)
        {
            throw new CassInputException($"'{name}' pads by {convolution.padding_mode}, which cannot be exported; convolutions pad with zeros, by given numbers.");
        }

        return (Pair(convolution.stride), Pair(padding), Pair(convolution.dilation));

        static IReadOnlyList<long> Pair(IReadOnlyList<long> values) => values.Count == 1 ? [values[0], values[0]] : [values[0], values[1]];
    }

    private static (Tensor Weight, Tensor? Bias) Folded(Conv2d convolution, BatchNorm2d? norm, string name)
    {
        if (norm is null)
        {
            return (convolution.weight, convolution.bias);
        }

        var (factor, summand) = Affine(norm, name);
        var weight = convolution.weight.detach().to(ScalarType.Float64).mul(factor.reshape(-1, 1, 1, 1));
        return (weight, convolution.bias is { } bias ? summand.Plus(bias.detach().to(ScalarType.Float64).mul(factor)) : summand);
    }

    /// <summary>Factor and summand of each channel, in float64: a product of roundings would show in deep networks.</summary>
    private static (Tensor Factor, Tensor Summand) Affine(BatchNorm2d norm, string name)
    {
        if (norm.running_mean is not { } mean || norm.running_var is not { } variance)
        {
            throw new CassInputException($"The batch norm of '{name}' has no running statistics, and cannot be exported; it is to be made with track_running_stats.");
        }

        var deviation = variance.detach().to(ScalarType.Float64).Plus(norm.eps).sqrt();
        var factor = norm.weight is { } weight ? weight.detach().to(ScalarType.Float64).div(deviation) : deviation.reciprocal();
        var shift = norm.bias is { } bias ? bias.detach().to(ScalarType.Float64) : zeros_like(factor);
        return (factor, shift.sub(mean.detach().to(ScalarType.Float64).mul(factor)));
    }
}
