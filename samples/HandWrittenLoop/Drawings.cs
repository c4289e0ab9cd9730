using Cass.Tensors;
using static TorchSharp.torch;

namespace HandWrittenLoop;

/// <summary>Images to train on: a few coloured blobs each, drawn at random. Yours come from wherever you have them.</summary>
internal static class Drawings
{
    /// <summary>Height and width in pixels.</summary>
    public const int Side = 32;

    private const int Blobs = 3;

    /// <summary>Draws images, [count, 3, Side, Side].</summary>
    public static Tensor Images(int count)
    {
        using var scope = NewDisposeScope();
        var x = linspace(-1, 1, Side);
        var y = x.unsqueeze(1);
        var centerX = rand(count, Blobs, 1, 1).Times(1.6).Plus(-0.8);
        var centerY = rand(count, Blobs, 1, 1).Times(1.6).Plus(-0.8);
        var width = rand(count, Blobs, 1, 1).Times(0.3).Plus(0.1);
        var distance = x.Minus(centerX).Squared().Plus(y.Minus(centerY).Squared());
        var blobs = distance.div(width.Squared()).neg().exp();
        return einsum("nbhw,nbc->nchw", blobs, randn(count, Blobs, 3)).MoveToOuterDisposeScope();
    }

    /// <summary>The same images as another camera would see them: mirrored or not, darker or brighter, with noise of their own.</summary>
    public static Tensor View(Tensor images)
    {
        using var scope = NewDisposeScope();
        var mirrored = rand(images.size(0), 1, 1, 1).gt(tensor(0.5));
        var seen = where(mirrored, images.flip(3), images);
        var gain = rand(images.size(0), 1, 1, 1).Times(0.8).Plus(0.6);
        return seen.mul(gain).Plus(randn_like(images).Times(0.1)).MoveToOuterDisposeScope();
    }
}
