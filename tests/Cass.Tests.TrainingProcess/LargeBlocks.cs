using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.TrainingProcess;

/// <summary>Uses a large tensor over and over on the main thread, whose heap is the one that grows without bounds.</summary>
internal static class LargeBlocks
{
    private const long Bytes = 96L << 20;
    private const int Uses = 5;

    /// <summary>Prints how many pages a use takes from the system, as a share of those of the tensor.</summary>
    public static void Print()
    {
        TorchBackend.EnsureLoaded();
        Use();
        var before = MinorFaults();
        for (var i = 0; i < Uses; i++)
        {
            Use();
        }

        Console.WriteLine(((double)(MinorFaults() - before) / Uses / (Bytes / Environment.SystemPageSize)).ToString("0.000", CultureInfo.InvariantCulture));
    }

    private static void Use()
    {
        using var block = ones(Bytes, ScalarType.Byte, torch.CPU);
    }

    /// <summary>Pages that were handed to this process without reading from a disk: the tenth field, the eighth behind the name.</summary>
    private static long MinorFaults()
    {
        var fields = File.ReadAllText("/proc/self/stat");
        return long.Parse(fields[(fields.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
