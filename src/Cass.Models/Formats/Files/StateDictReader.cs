using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>What the readers of state dicts share.</summary>
internal static class StateDictReader
{
    /// <summary>Reads stored elements as a tensor, through a function that fills a contiguous CPU tensor.</summary>
    public static Tensor Read(StateDictEntry entry, ScalarType type, Action<Tensor> fill)
    {
        TorchBackend.EnsureLoaded();

        // A stored byte other than 0 and 1 is not a valid bool.
        if (type == ScalarType.Bool)
        {
            using var bytes = empty([.. entry.Shape], dtype: ScalarType.Byte);
            fill(bytes);
            return bytes.ne(KeptScalar.Of(0L));
        }

        var tensor = empty([.. entry.Shape], dtype: type);
        fill(tensor);
        return tensor;
    }

    /// <summary>Reads stored elements into a tensor, directly where type, device and layout allow.</summary>
    public static void CopyTo(StateDictEntry entry, ScalarType type, Tensor destination, Action<Tensor> fill)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (destination.NumberOfElements != entry.Count)
        {
            throw new ArgumentException(
                $"'{entry.Name}' has the shape [{string.Join(", ", entry.Shape)}]; the destination has [{string.Join(", ", destination.shape)}].",
                nameof(destination));
        }

        using var ungraded = no_grad();
        if (type == destination.dtype && type != ScalarType.Bool && destination.device_type == TorchSharp.DeviceType.CPU && destination.is_contiguous())
        {
            fill(destination);
            return;
        }

        using var read = Read(entry, type, fill);
        using var shaped = read.view(destination.shape);
        destination.copy_(shaped);
    }
}
