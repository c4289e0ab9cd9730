using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Tells whether numbers that are not finite came in with the batches, where the fault is then to be looked for.</summary>
internal static class NonFiniteInputs
{
    private const int ShownNames = 4;

    /// <summary>Reads the batch that a run failed at once more.</summary>
    /// <returns>The failure with a sentence that names the images that are not finite; null where all are, or the batch cannot be had again.</returns>
    public static TrainingFailedException? Explain(TrainingFailedException failure, IBatchSource source)
    {
        if (failure.Images.Count == 0)
        {
            return null;
        }

        try
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            using var batch = source.ReadEpoch(failure.Epoch, failure.Batch - 1).First();
            var names = NamesOf(batch, source);
            return names.Count == 0 ? null : new TrainingFailedException(
                $"{failure.Message} The batch itself holds numbers that are not finite, in the images or targets of {Shown(names)}: mend what makes the batches first.",
                failure.Epoch,
                failure.Batch,
                failure.Images);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A source of the caller's that cannot begin anew must not hide the failure that is to be explained.
            return null;
        }
    }

    /// <summary>Refuses scores that are no numbers: they would count as labels that are not predicted.</summary>
    /// <exception cref="CassInputException">The batch holds numbers that are not finite; its images are named.</exception>
    /// <exception cref="CassException">The network makes such numbers of sound images.</exception>
    public static void RequireFiniteOutput(Tensor output, ImageBatch batch, IBatchSource source, string network)
    {
        if (IsFinite(output))
        {
            return;
        }

        var names = NamesOf(batch, source);
        throw names.Count > 0
            ? new CassInputException($"The images or targets of {Shown(names)} hold numbers that are not finite; mend what makes the batches.")
            : NotFinite(network, [.. batch.Indices.Select(source.NameOf)]);
    }

    /// <summary>The failure of a network that makes numbers that are not finite of sound images.</summary>
    public static CassException NotFinite(string network, IReadOnlyList<string> images) =>
        new($"{network} makes numbers that are not finite of {Shown(images)}, though the images are sound: its weights are NaN, infinite or far too large. Load other weights, or train it again at a lower learning rate.");

    private static List<string> NamesOf(ImageBatch batch, IBatchSource source)
    {
        var names = new List<string>();
        for (var i = 0; i < batch.Count; i++)
        {
            if (!batch.Views.All(view => IsFinite(view[i])) || (batch.Targets is { } targets && !IsFinite(targets[i])))
            {
                names.Add(source.NameOf(batch.Indices[i]));
            }
        }

        return names;
    }

    private static bool IsFinite(Tensor tensor) => tensor.isfinite().all().ToBoolean();

    private static string Shown(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(ShownNames).Select(name => $"'{name}'")) + (names.Count > ShownNames ? $" and {names.Count - ShownNames} more" : string.Empty);
}
