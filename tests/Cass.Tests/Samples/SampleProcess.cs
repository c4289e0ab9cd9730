using System.Diagnostics;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>Runs the built sample as a user's shell would.</summary>
internal sealed record SampleProcess(int ExitCode, string Output, string Error)
{
    private const string BrainMri = "BrainMri.dll";

    /// <summary>Lines that the sample wrote to standard error.</summary>
    public IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static SampleProcess Run(string workingFolder, params string[] arguments) => Run(workingFolder, arguments, whileRunning: null);

    /// <summary>Runs the sample, and acts on every line that it prints.</summary>
    public static SampleProcess Run(string workingFolder, string[] arguments, Action<Process, string>? whileRunning) =>
        RunProgram(BrainMri, workingFolder, arguments, whileRunning);

    /// <summary>Runs any of the samples, and acts on every line that it prints, and once it has started.</summary>
    public static SampleProcess RunProgram(string name, string workingFolder, string[] arguments, Action<Process, string>? whileRunning = null, Action<Process>? onceStarted = null)
    {
        var program = Path.Combine(AppContext.BaseDirectory, name);
        Assert.True(File.Exists(program), $"'{program}' was not built.");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(program);
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
        onceStarted?.Invoke(process);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new SampleProcess(process.ExitCode, string.Join('\n', output), error);
    }
}
