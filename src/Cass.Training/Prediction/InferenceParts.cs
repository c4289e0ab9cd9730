using Cass.Models;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// How many images go through a network at once where nothing is learned. Without oneDNN, libtorch's convolutions on a processor write
/// each image's patches out, for all images of a batch at once: beyond some megabytes the memory is mapped anew for each layer, and a batch of 32
/// at 224×224 takes several times as long as its images one after another.
/// </summary>
internal static class InferenceParts
{
    /// <summary>Pixels that go through at once: four images of 64×64, or a single larger one.</summary>
    private const long Pixels = 4 * 64 * 64;

    /// <summary>The network's outputs for all images, in their order; in parts where that is faster.</summary>
    /// <param name="network">In evaluation mode: an image's output must not depend on its batch.</param>
    /// <param name="images">[images, channels, height, width], on the network's device.</param>
    /// <param name="forward">What is computed of the images of a part, a row each.</param>
    public static Tensor Forward(Backbone network, Tensor images, Func<Tensor, Tensor> forward) => Forward(images, PartSize(network, images), forward);

    /// <summary>The same, in parts of <paramref name="size"/> images; the last may be smaller.</summary>
    public static Tensor Forward(Tensor images, long size, Func<Tensor, Tensor> forward)
    {
        if (size >= images.size(0))
        {
            return forward(images);
        }

        using var scope = NewDisposeScope();
        var outputs = new List<Tensor>();
        for (var first = 0L; first < images.size(0); first += size)
        {
            using var part = NewDisposeScope();
            outputs.Add(forward(images.narrow(0, first, Math.Min(size, images.size(0) - first))).MoveToOuterDisposeScope());
        }

        return cat(outputs).MoveToOuterDisposeScope();
    }

    private static long PartSize(Backbone network, Tensor images) =>
        OneDnn.IsOff && images.device.type is TorchSharp.DeviceType.CPU && network.Kind is BackboneKind.Convolutional
            ? Math.Max(1, Pixels / Math.Max(1, images.size(2) * images.size(3)))
            : images.size(0);
}
