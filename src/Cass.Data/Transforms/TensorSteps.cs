using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>Runs what tensor transforms have drawn, and checks what they give.</summary>
internal static class TensorSteps
{
    /// <summary>Runs one on one image.</summary>
    /// <param name="step">The transform, for its name.</param>
    /// <param name="change">What it drew.</param>
    /// <param name="image">uint8 [3, height, width].</param>
    public static Tensor Run(ITensorTransform step, Func<Tensor, Tensor> change, Tensor image)
    {
        var changed = change(image) ?? throw new InvalidOperationException($"The transform {step.GetType().Name} returned null.");
        return changed.dtype == ScalarType.Byte && changed.shape.SequenceEqual(image.shape)
            ? changed
            : throw new InvalidOperationException($"The transform {step.GetType().Name} made {changed.dtype} [{string.Join(", ", changed.shape)}] of Byte [{string.Join(", ", image.shape)}]; it must keep shape and type.");
    }

    /// <summary>Runs them on those images of a batch that have one.</summary>
    /// <param name="images">Float [batch, 3, height, width] in [0, 1].</param>
    /// <param name="segments">One for each image.</param>
    /// <returns>Float [batch, 3, height, width] in [0, 1]; changed images have 256 levels.</returns>
    public static Tensor Apply(Tensor images, IReadOnlyList<ImagePlanSegment> segments)
    {
        long[] chosen = [.. Enumerable.Range(0, segments.Count).Where(i => segments[i].End is not null).Select(i => (long)i)];
        if (chosen.Length == 0)
        {
            return images.alias();
        }

        using var scope = NewDisposeScope();
        var positions = tensor(chosen).to(images.device);
        var bytes = images.index_select(0, positions).Times(255).round().clamp(KeptScalar.Of(0.0), KeptScalar.Of(255.0)).to(ScalarType.Byte);
        var changed = new List<Tensor>(chosen.Length);
        for (var i = 0; i < chosen.Length; i++)
        {
            using var inner = NewDisposeScope();
            var (step, change) = segments[(int)chosen[i]].End!.Value;
            var image = bytes.select(0, i);
            changed.Add(Run(step, change, image).MoveToOuterDisposeScope());
        }

        return images.index_copy(0, positions, stack(changed).to(images.dtype).Over(255)).MoveToOuterDisposeScope();
    }
}
