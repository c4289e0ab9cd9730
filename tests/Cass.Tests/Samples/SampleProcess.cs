using System.Diagnostics;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>Runs the built sample as a user's shell would.</summary>
internal sealed record SampleProcess(int ExitCode, string Output, string Error)
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "BrainMri.dll");

    /// <summary>Lines that the sample wrote to standard error.</summary>
    public IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static SampleProcess Run(string workingFolder, params string[] arguments) => Run(workingFolder, arguments, whileRunning: null);

    /// <summary>Runs the sample, and acts on every line that it prints.</summary>
    public static SampleProcess Run(string workingFolder, string[] arguments, Action<Process, string>? whileRunning)
    {
        Assert.True(File.Exists(Program), $"'{Program}' was not built.");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = new Process { StartInfo = start };
        var output = new List<string>();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                output.Add(line.Data);
                whileRunning?.Invoke(process, line.Data);
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new SampleProcess(process.ExitCode, string.Join('\n', output), error);
    }
}
