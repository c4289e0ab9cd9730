using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>The device that networks run on, by name; looked up when the trainer is built.</summary>
public sealed record TrainingDevice
{
    private TrainingDevice(string name)
    {
        Name = name;
    }

    /// <summary>The first CUDA device where there is one, else the CPU.</summary>
    public static TrainingDevice Best { get; } = new("auto");

    /// <summary>The CPU.</summary>
    public static TrainingDevice Cpu { get; } = new("cpu");

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Name { get; }

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <returns>The device.</returns>
    public static TrainingDevice Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new($"cuda:{index}");
    }

    /// <summary>Reads a device's name.</summary>
    /// <param name="name"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; case does not matter.</param>
    /// <returns>The device.</returns>
    /// <exception cref="CassInputException">The name is none of these.</exception>
    public static TrainingDevice Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var text = name.Trim().ToLowerInvariant();
        return text switch
        {
            "auto" or "best" => Best,
            "cpu" => Cpu,
            "cuda" => Cuda(),
            _ when text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), out var index) && index >= 0 => Cuda(index),
            _ => throw new CassInputException($"Unknown device '{name}': use auto, cpu, cuda or cuda:N."),
        };
    }

    /// <summary>Looks the device up on this machine.</summary>
    /// <returns>The TorchSharp device.</returns>
    /// <exception cref="CassInputException">It is a CUDA device and there is none of that number.</exception>
    /// <exception cref="CassException">Libtorch does not load.</exception>
    public Device Resolve() => Resolve(localRank: null);

    /// <summary>The same for one of several processes on a machine, of which each takes a CUDA device of its own where none is named.</summary>
    internal Device Resolve(int? localRank)
    {
        TorchBackend.EnsureLoaded();
        switch (Name)
        {
            case "cpu":
                return CPU;
            case "auto":
                return cuda.is_available() ? new Device(DeviceType.CUDA, (localRank ?? 0) % cuda.device_count()) : CPU;
            default:
                var index = int.Parse(Name.AsSpan(5));
                if (!cuda.is_available())
                {
                    throw new CassInputException(
                        $"The device '{Name}' is not available: no CUDA device was found. Use cpu, or add the package TorchSharp-cuda-linux or TorchSharp-cuda-windows and a driver.");
                }

                if (index >= cuda.device_count())
                {
                    throw new CassInputException($"The device '{Name}' does not exist: this machine has {cuda.device_count()} CUDA device(s), numbered from 0.");
                }

                return new Device(DeviceType.CUDA, index);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
