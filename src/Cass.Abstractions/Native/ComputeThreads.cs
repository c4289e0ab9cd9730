using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Cass;

/// <summary>
/// The threads that one operation of libtorch works on: no more than <see cref="AvailableProcessors"/>, and waiting for one another
/// in a way that costs little beside other processes. What the user has set stays.
/// </summary>
internal static partial class ComputeThreads
{
    /// <summary>
    /// How often a thread of GNU's OpenMP looks for work before it sleeps, where the user has not said so; OpenMP's own
    /// is 300,000. A thread that waits long most likely waits for one that another process has put off its processor.
    /// docs/threads.md has the measurements.
    /// </summary>
    public const int SpinCount = 300;

    public const string ThreadsVariable = "OMP_NUM_THREADS";
    public const string WaitPolicyVariable = "OMP_WAIT_POLICY";
    public const string SpinCountVariable = "GOMP_SPINCOUNT";
    private const string MklThreadsVariable = "MKL_NUM_THREADS";

    /// <summary>Whether libtorch is in this process already, so that OpenMP has read its settings and threads may have been set.</summary>
    public static bool AreSettled()
    {
        if (OperatingSystem.IsLinux())
        {
            return File.ReadAllText("/proc/self/maps").Contains("torch_cpu", StringComparison.Ordinal);
        }

        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Any(module => module.ModuleName.Contains("torch_cpu", StringComparison.Ordinal));
    }

    /// <summary>Sets how threads wait. It takes effect only before libtorch is loaded.</summary>
    public static void PrepareWaiting()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // What .NET code has set on its copy of the environment was meant for these libraries.
        foreach (var name in (string[])[ThreadsVariable, MklThreadsVariable, WaitPolicyVariable, SpinCountVariable])
        {
            if (NativeEnvironment.Get(name) is null && Environment.GetEnvironmentVariable(name) is { } value)
            {
                NativeEnvironment.Set(name, value);
            }
        }

        if (NativeEnvironment.Get(WaitPolicyVariable) is null && NativeEnvironment.Get(SpinCountVariable) is null)
        {
            NativeEnvironment.Set(SpinCountVariable, SpinCount.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Lowers the number of threads to what the process may use, once libtorch is loaded.</summary>
    /// <param name="wereSettled">Whether libtorch was in use before, so that the number may be the user's.</param>
    public static void Limit(bool wereSettled)
    {
        if (IsSet(ThreadsVariable) || IsSet(MklThreadsVariable))
        {
            return;
        }

        var current = torch.get_num_threads();
        var wanted = Wanted(current, AvailableProcessors.Count, wereSettled ? ProcessorsOfAffinity() : null);
        if (wanted != current)
        {
            torch.set_num_threads(wanted);
        }
    }

    /// <summary>The number of threads to compute with.</summary>
    /// <param name="current">Threads now.</param>
    /// <param name="available">Processors that the process may use.</param>
    /// <param name="processors">
    /// Processors that libtorch sees, where the present number may be the user's; null where it is libtorch's own. Libtorch takes as many
    /// threads, or one for each pair of hardware threads; any other number is the user's.
    /// </param>
    internal static int Wanted(int current, int available, int? processors) =>
        processors is null || current == processors || 2 * current == processors ? Math.Min(current, available) : current;

    private static bool IsSet(string name) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name));

    private static int ProcessorsOfAffinity()
    {
        if (OperatingSystem.IsLinux())
        {
            var mask = new byte[1024];
            if (GetAffinity(0, mask.Length, mask) == 0)
            {
                return mask.Sum(bits => byte.PopCount(bits));
            }
        }

        return Environment.ProcessorCount;
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAffinity(int process, nint size, [Out] byte[] mask);
}
