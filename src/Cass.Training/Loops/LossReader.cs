using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Reads losses without making the device wait: on a GPU a loss is read while the next step is under way, on the CPU at once.
/// </summary>
internal sealed class LossReader(string phase, IBatchSource batches) : IDisposable
{
    private Tensor? pending;
    private Place pendingPlace;

    /// <summary>Takes a loss, and returns the newest one that could be read without waiting.</summary>
    public double? Push(Tensor loss, int epoch, int batch, IReadOnlyList<int> indices)
    {
        var place = new Place(epoch, batch, indices);
        if (loss.device.type == DeviceType.CPU)
        {
            return Checked(loss, place);
        }

        var read = Flush();
        pending = loss.detach().clone().DetachFromDisposeScope();
        pendingPlace = place;
        return read;
    }

    /// <summary>Reads what is still outstanding.</summary>
    public double? Flush()
    {
        if (pending is null)
        {
            return null;
        }

        using var waiting = pending;
        pending = null;
        return Checked(waiting, pendingPlace);
    }

    public void Dispose() => pending?.Dispose();

    private double Checked(Tensor loss, Place place)
    {
        var value = loss.ReadDouble();
        if (double.IsFinite(value))
        {
            return value;
        }

        string[] names = [.. place.Indices.Select(batches.NameOf)];
        var shown = string.Join(", ", names.Take(4).Select(name => $"'{name}'"));
        var more = names.Length > 4 ? $" and {names.Length - 4} more" : string.Empty;
        throw new TrainingFailedException(
            $"The {phase} loss became {value} in epoch {place.Epoch}, batch {place.Batch} (images {shown}{more}). {TrainingFailedException.Advice}",
            place.Epoch,
            place.Batch,
            names);
    }

    private readonly record struct Place(int Epoch, int Batch, IReadOnlyList<int> Indices);
}
