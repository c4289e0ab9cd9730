using System.Diagnostics;
using Xunit;

namespace Cass.Tests.Survival;

/// <summary>Training in a process of its own, which may be killed.</summary>
internal static class TrainingProcess
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Cass.Tests.TrainingProcess.dll");

    private static string Host => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>Runs to the end.</summary>
    /// <param name="folder">Where it keeps its checkpoints.</param>
    /// <param name="shellPrefix">What a POSIX shell does before, such as setting a limit.</param>
    /// <returns>What it printed: the hash of what it learnt.</returns>
    public static string Run(string folder, string shellPrefix = "")
    {
        using var process = Start(folder, shellPrefix);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }

    /// <summary>Starts it and kills it.</summary>
    /// <returns>What it printed, if it came to its end before.</returns>
    public static string RunAndKill(string folder, Func<Process, bool> wait)
    {
        using var process = Start(folder, string.Empty);
        if (wait(process))
        {
            process.Kill();
        }

        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }

    /// <summary>Scores images with a saved model of ML.NET.</summary>
    /// <returns>The bits of all scores.</returns>
    public static string Score(string model, IEnumerable<string> images) => Output(["score", model, .. images], []);

    /// <summary>Asks which convolutions are found wrong where oneDNN has noted caches of one byte.</summary>
    /// <param name="told">Whether it is told the sizes before.</param>
    public static string HiddenCaches(bool told) => Output(told ? ["hidden-caches", "told"] : ["hidden-caches"], [(OneDnn.Variable, "1")]);

    /// <summary>Asks how many pages the use of a large tensor takes from the system.</summary>
    /// <returns>A share of the tensor's own pages.</returns>
    public static string LargeBlocks(IEnumerable<(string Name, string Value)> environment) => Output(["blocks"], environment);

    /// <summary>Asks how many threads libtorch computes with.</summary>
    /// <param name="actions">What it does before; see <c>ThreadReport</c>.</param>
    /// <param name="environment">What is set for it; variables of OpenMP are as nobody had set them.</param>
    /// <returns>What it printed, and wrote to standard error.</returns>
    public static (string Output, string Error) RunThreads(IEnumerable<string> actions, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Host) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var name in (string[])["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"])
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        foreach (var argument in (IEnumerable<string>)[Program, "threads", .. actions])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return (output, error.Result);
    }

    private static string Output(IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Host, [Program, .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }

    private static Process Start(string folder, string shellPrefix)
    {
        Assert.True(File.Exists(Program), $"'{Program}' was not built.");
        var start = new ProcessStartInfo(shellPrefix.Length == 0 ? Host : "/bin/sh") { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["OMP_NUM_THREADS"] = "1";
        string[] arguments = shellPrefix.Length == 0 ? [Program, folder] : ["-c", $"{shellPrefix}; exec \"$0\" \"$@\"", Host, Program, folder];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
