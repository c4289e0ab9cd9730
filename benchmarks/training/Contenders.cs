using System.ComponentModel;
using System.Diagnostics;

namespace Cass.Training.Benchmarks;

/// <summary>Who is compared.</summary>
internal static class Contenders
{
    /// <summary>This library.</summary>
    public static Contender Cass { get; } = new("Cass", [Self, "worker", "cass"]);

    /// <summary>The published loop in plain TorchSharp.</summary>
    public static Contender Plain { get; } = new("plain TorchSharp", [Self, "worker", "plain"]);

    private static string Self => Path.ChangeExtension(typeof(Contenders).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);

    /// <summary>The published loop in PyTorch; null where no Python with torch and torchvision is found.</summary>
    /// <param name="interpreter">The interpreter; null for the first on the path that has both, or the system's.</param>
    /// <param name="device">Where it trains; on a GPU it gets what PyTorch has for it: channels last and fused Adam.</param>
    public static Contender? Python(string? interpreter, string device)
    {
        string[] candidates = interpreter is not null ? [interpreter] : ["python3", "/usr/bin/python3"];
        var found = candidates.FirstOrDefault(HasTorch);
        string[] extras = device.StartsWith("cuda", StringComparison.Ordinal) ? ["--channels-last", "--fused"] : [];
        return found is null ? null : new Contender("Python", [found, Path.Combine(AppContext.BaseDirectory, "notebook.py"), .. extras], TakesWork: false);
    }

    private static bool HasTorch(string interpreter)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(interpreter, ["-c", "import torch, torchvision"]) { RedirectStandardError = true, UseShellExecute = false })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
