using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What a run ran on, as far as its result or speed may depend on it.</summary>
public sealed record RunEnvironment
{
    /// <summary>Version of the CASS packages.</summary>
    public required string Cass { get; init; }

    /// <summary>Version of TorchSharp.</summary>
    public required string TorchSharp { get; init; }

    /// <summary>Version of libtorch.</summary>
    public required string LibTorch { get; init; }

    /// <summary>Version of .NET.</summary>
    public required string DotNet { get; init; }

    /// <summary>Operating system and its version.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>Architecture of the processor.</summary>
    public required string Architecture { get; init; }

    /// <summary>Processors that the process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Threads that one operation of libtorch uses.</summary>
    public required int Threads { get; init; }

    /// <summary>The device that networks are trained on.</summary>
    public required string Device { get; init; }

    /// <summary>When this was looked up.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Looks the present process and machine up.</summary>
    /// <param name="device">The device that networks are trained on.</param>
    /// <returns>What was found.</returns>
    public static RunEnvironment Of(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new RunEnvironment
        {
            Cass = RunVersions.Present.Cass,
            TorchSharp = RunVersions.Present.TorchSharp,
            LibTorch = RunVersions.Present.LibTorch,
            DotNet = RunVersions.Present.DotNet,
            OperatingSystem = RuntimeInformation.OSDescription,
            Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
            Processors = AvailableProcessors.Count,
            Threads = get_num_threads(),
            Device = device.ToString(),
            Time = DateTimeOffset.Now,
        };
    }
}
