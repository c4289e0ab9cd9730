using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Cass;

/// <summary>What somebody who is asked why training is slow, or does not start, wants to know of a machine.</summary>
internal static class BackendDescription
{
    private const double Gibibyte = 1L << 30;

    /// <summary>The variables that change what libtorch does; those that are set are told.</summary>
    private static readonly string[] Variables =
    [
        ComputeThreads.ThreadsVariable, "MKL_NUM_THREADS", ComputeThreads.WaitPolicyVariable, ComputeThreads.SpinCountVariable,
        OneDnn.Variable, "ONEDNN_MAX_CPU_ISA", "CUDA_VISIBLE_DEVICES", "PYTORCH_CUDA_ALLOC_CONF", "DOTNET_PROCESSOR_COUNT", "DOTNET_GCHeapHardLimit", "LD_LIBRARY_PATH",
    ];

    /// <summary>The description, a line for each subject.</summary>
    /// <param name="failure">Why libtorch does not load; null where it did.</param>
    /// <param name="remarks">What was noticed of libtorch.</param>
    public static string Of(CassException? failure, IReadOnlyList<string> remarks)
    {
        var lines = new List<(string Subject, string Text)>
        {
            ("CASS", VersionOf(typeof(TorchBackend))),
            (".NET", $"{Environment.Version} on {RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}"),
            ("TorchSharp", VersionOf(typeof(torch)) + (failure is null ? $", libtorch {torch.__version__}" : string.Empty)),
            ("backend", failure is null ? Devices() : $"none. {failure.Message}"),
            ("processor", Processor()),
            ("processors", Processors()),
            ("oneDNN", failure is null ? Convolutions() : "unknown, as libtorch is not loaded"),
            ("threads", failure is null ? Threads() : "unknown, as libtorch is not loaded"),
            ("memory", Memory()),
            ("environment", Settings()),
        };
        lines.AddRange(remarks.Select(remark => ("remark", remark)));
        return string.Join(Environment.NewLine, lines.Select(line => $"{line.Subject,-12} {line.Text}"));
    }

    private static string VersionOf(Type type)
    {
        var version = type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";

        // What follows the plus sign is the commit.
        return version.Split('+')[0];
    }

    private static string Convolutions() => (OneDnn.IsOff, OneDnn.CachesWereCorrected) switch
    {
        (true, _) => "switched off",
        (_, true) => "told the sizes of the processor's caches, which this machine hides",
        _ => "as it comes",
    };

    private static string Devices()
    {
        if (!torch.cuda.is_available())
        {
            return "CPU; no CUDA device was found";
        }

        var count = torch.cuda.device_count();
        return string.Create(CultureInfo.InvariantCulture, $"CUDA, {count} device{(count == 1 ? string.Empty : "s")}");
    }

    private static string Processor()
    {
        var model = OperatingSystem.IsLinux() ? ModelOnLinux() : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        var vectors = Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : AdvSimd.IsSupported ? "Neon" : "no wide vectors";
        var bfloat16 = HasBFloat16() switch { true => "bfloat16 in hardware", false => "no bfloat16 in hardware, where it is slower than float32", null => "bfloat16 not looked for" };
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}; {vectors}; {bfloat16}";
    }

    private static string? ModelOnLinux()
    {
        const string Key = "model name";
        try
        {
            var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether the processor multiplies in bfloat16: by AVX-512 or by AMX. Null where that cannot be asked.</summary>
    private static bool? HasBFloat16()
    {
        if (!X86Base.IsSupported)
        {
            return null;
        }

        const int Features = 7;
        const int Avx512BFloat16 = 1 << 5;
        const int AmxBFloat16 = 1 << 22;
        return (Avx512F.IsSupported && (X86Base.CpuId(Features, 1).Eax & Avx512BFloat16) != 0) || (X86Base.CpuId(Features, 0).Edx & AmxBFloat16) != 0;
    }

    private static string Processors()
    {
        var seen = Environment.ProcessorCount;
        var used = AvailableProcessors.Count;
        return used < seen
            ? string.Create(CultureInfo.InvariantCulture, $"{used} of {seen}, by the quota of the container or control group")
            : string.Create(CultureInfo.InvariantCulture, $"{used}, without a quota below that");
    }

    private static string Threads() => string.Create(
        CultureInfo.InvariantCulture, $"{torch.get_num_threads()} within an operation of libtorch, {torch.get_num_interop_threads()} between operations");

    private static string Memory()
    {
        var info = GC.GetGCMemoryInfo();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{info.TotalAvailableMemoryBytes / Gibibyte:0.0} GiB for this process, which uses {Environment.WorkingSet / Gibibyte:0.0} GiB");
    }

    private static string Settings()
    {
        var set = Variables.Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name))).Where(setting => !string.IsNullOrEmpty(setting.Value)).ToArray();
        return set.Length == 0 ? "nothing that changes libtorch is set" : string.Join(", ", set.Select(setting => $"{setting.Name}={setting.Value}"));
    }
}
