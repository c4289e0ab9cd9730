using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Onnx;

/// <summary>The outputs of an ONNX file and of the network that it was made of.</summary>
internal static class OnnxOutputs
{
    /// <summary>Batch norms and layer norms, biases and scales as training leaves them, so that none of them is the identity.</summary>
    public static void Disturb(Backbone network)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in network.state_dict().Where(pair => pair.Value.is_floating_point()))
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal))
            {
                tensor.uniform_(0.5, 2);
            }
            else if (tensor.dim() == 1)
            {
                tensor.PlusInPlace(randn_like(tensor).Times(0.1));
            }
        }
    }

    /// <summary>The largest difference, in shares of the largest output.</summary>
    public static double Difference(Backbone network, InferenceSession session, params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var guard = inference_mode();
        network.eval();
        var images = randn(shape);
        var expected = network.forward(images);
        var input = NamedOnnxValue.CreateFromTensor(session.InputMetadata.Keys.Single(), new DenseTensor<float>(images.data<float>().ToArray(), [.. shape.Select(size => (int)size)]));
        using var results = session.Run([input]);
        var found = tensor(results[0].AsEnumerable<float>().ToArray()).reshape(expected.shape);
        return found.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>();
    }
}
