using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Explain;

/// <summary>What is explained: a network's logit of a class on an image.</summary>
/// <param name="Network">In evaluation mode.</param>
/// <param name="Image">[1, channels, height, width], normalised, of the network's type and on its device.</param>
/// <param name="ClassId">The class.</param>
/// <param name="Options">In their ranges.</param>
/// <param name="Mean">What each channel is normalised with.</param>
/// <param name="Std">What each channel is normalised with.</param>
internal sealed record ExplainedInput(Backbone Network, Tensor Image, int ClassId, ExplanationOptions Options, IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    /// <summary>The logit of the class, of each image of a batch, summed: for gradients.</summary>
    public Tensor Logit(Tensor logits) => logits.select(1, ClassId).sum();

    /// <summary>The logit of the class, of each image of a batch.</summary>
    public double[] Logits(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var values = Network.forward(images).select(1, ClassId).cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
        return Array.TrueForAll(values, double.IsFinite) ? values : throw NotFinite();
    }

    /// <summary>A baseline's value in a channel of the normalised input.</summary>
    public double Level(Baseline baseline, int channel) => baseline == Baseline.Mean ? 0 : -Mean[channel % Mean.Count] / Std[channel % Std.Count];

    /// <summary>A tensor of height times width numbers as a map.</summary>
    public RelevanceMap ToMap(Tensor values, long height, long width)
    {
        using var scope = NewDisposeScope();
        var numbers = values.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        return Array.TrueForAll(numbers, float.IsFinite) ? new RelevanceMap((int)height, (int)width, numbers) : throw NotFinite();
    }

    private CassException NotFinite() =>
        new($"{Network.ModelName} makes numbers that are not finite of the image, so that nothing can be said of it: its weights are NaN, infinite or far too large. Load other weights, or train it again at a lower learning rate.");
}
