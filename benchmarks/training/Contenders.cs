using Cass.Training.Benchmarks.Plain;

namespace Cass.Training.Benchmarks;

/// <summary>Who is compared.</summary>
internal static class Contenders
{
    private static readonly string[] TorchvisionResNets = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"];

    /// <summary>This library.</summary>
    public static Contender Cass { get; } = new("Cass", [Self, "worker", "cass"]);

    /// <summary>The published loop in plain TorchSharp, with the waiting that OpenMP has by itself: what reads the workload is this library's.</summary>
    public static Contender Plain { get; } = new("plain TorchSharp", [Self, "worker", "plain"], SpinCount: 300_000);

    private static string Self => Path.ChangeExtension(typeof(Contenders).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);

    /// <summary>Those that can train all pairs of networks; it says who is left out, and why.</summary>
    /// <param name="pairs">What is trained; all in one precision and on one device.</param>
    /// <param name="interpreter">A Python with torch and torchvision; null for the first on the path that has both, or the system's.</param>
    /// <exception cref="CassInputException">An interpreter is given, and cannot be used, or the one that was found multiplies with the reference BLAS.</exception>
    public static IReadOnlyList<Contender> For(IReadOnlyList<Workload> pairs, string? interpreter)
    {
        var found = FindPython(interpreter);
        string[] extras = pairs[0].Device.StartsWith("cuda", StringComparison.Ordinal) ? ["--channels-last", "--fused"] : [];
        List<Contender> contenders = [];
        var python = new Contender("Python", [found?.Interpreter ?? string.Empty, Path.Combine(AppContext.BaseDirectory, "notebook.py"), .. extras], TakesWork: false) { Description = found?.ToString() };
        var lackOfPython = found is null
            ? "there is no Python with torch and torchvision; on Debian: apt install python3-torchvision libopenblas0-pthread"
            : pairs.Select(PyTorchLacks).FirstOrDefault(lack => lack is not null);
        Add(python, lackOfPython);
        if (lackOfPython is null && extras.Length == 0 && pairs[0].Threads > 1)
        {
            // OpenBLAS and OpenMP each start as many threads as there are, and wait for one another's turns on the cores.
            contenders.Add(python with { Name = "Python, OpenBLAS on one thread", BlasThreads = 1 });
        }

        Add(Plain, pairs.Select(PlainWorker.Lacks).FirstOrDefault(lack => lack is not null));
        return [.. contenders, Cass];

        void Add(Contender contender, string? lack)
        {
            if (lack is null)
            {
                contenders.Add(contender);
            }
            else
            {
                Console.Error.WriteLine($"{contender.Name} is left out: {lack}.");
            }
        }
    }

    private static string? PyTorchLacks(Workload workload) =>
        workload.Precision == NumericPrecision.Float64 ? "notebook.py trains in Float32, TensorFloat32 and BFloat16"
        : !TorchvisionResNets.Contains(workload.Cnn, StringComparer.Ordinal) ? $"notebook.py has torchvision's {string.Join(", ", TorchvisionResNets)}, not {workload.Cnn}"
        : !PlainVisionTransformer.Names.Contains(workload.Transformer, StringComparer.Ordinal) ? $"notebook.py has {string.Join(", ", PlainVisionTransformer.Names)}, not {workload.Transformer}"
        : null;

    private static PythonPeer? FindPython(string? given)
    {
        string[] candidates = given is null ? ["python3", "/usr/bin/python3"] : [given];
        var peer = candidates.Select(PythonPeer.Find).FirstOrDefault(found => found is not null);
        return peer switch
        {
            null when given is not null => throw new CassInputException($"--python '{given}' is not a Python with torch and torchvision; on Debian, /usr/bin/python3 is one after apt install python3-torchvision libopenblas0-pthread."),
            { IsReferenceBlas: true } => throw new CassInputException($"{peer} multiplies with the reference library, which is many times slower than others, and is no peer to compare with; install a fast one, on Debian: apt install libopenblas0-pthread."),
            _ => peer,
        };
    }
}
