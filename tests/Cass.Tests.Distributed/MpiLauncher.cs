using System.Diagnostics;
using System.Text;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>Starts the test's program by an MPI implementation's own launcher.</summary>
internal sealed class MpiLauncher(string implementation)
{
    public const string OpenMpi = "openmpi";
    public const string Mpich = "mpich";

    /// <summary>Longer than any run takes, even on a machine that is busy.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Cass.Tests.DistributedProcess.dll");

    /// <summary>The launchers that the tests look for.</summary>
    public static TheoryData<string> All => [OpenMpi, Mpich];

    private static string Host => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    private string Launcher => $"mpirun.{implementation}";

    /// <summary>Skips the test where the launcher is not installed.</summary>
    public static MpiLauncher Require(string implementation)
    {
        var launcher = new MpiLauncher(implementation);
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, launcher.Launcher))),
            $"{launcher.Launcher} is not installed (apt-get install {(implementation == OpenMpi ? "openmpi-bin" : "mpich")}).");
        return launcher;
    }

    /// <summary>Runs the program without a launcher.</summary>
    public static Ended RunAlone(params IReadOnlyList<string> arguments) => RunAlone(environment: [], arguments);

    /// <summary>Runs the program without a launcher, with variables of the environment.</summary>
    public static Ended RunAlone(IReadOnlyList<(string Name, string Value)> environment, params IReadOnlyList<string> arguments)
    {
        using var running = new Running(Host, [Program, .. arguments], environment: environment);
        return running.WaitForEnd(Limit);
    }

    /// <summary>Runs the program in so many processes to its end, with variables of the environment.</summary>
    public Ended Run(int processes, IReadOnlyList<(string Name, string Value)> environment, params IReadOnlyList<string> arguments)
    {
        using var running = new Running(Launcher, [.. Own(processes), Host, Program, .. arguments], environment: environment);
        return running.WaitForEnd(Limit);
    }

    /// <summary>Runs the program in so many processes to its end.</summary>
    public Ended Run(int processes, params IReadOnlyList<string> arguments)
    {
        using var running = Start(processes, arguments);
        return running.WaitForEnd(Limit);
    }

    /// <summary>Starts the program in so many processes.</summary>
    public Running Start(int processes, params IReadOnlyList<string> arguments)
    {
        Assert.True(File.Exists(Program), $"'{Program}' was not built.");
        return new Running(Launcher, [.. Own(processes), Host, Program, .. arguments]);
    }

    /// <summary>Starts the program by another launcher.</summary>
    /// <param name="launcher">The launcher and its arguments.</param>
    /// <param name="timeout">Seconds that an operation waits for other processes.</param>
    /// <param name="arguments">The arguments of the program.</param>
    public static Running StartBy(IReadOnlyList<string> launcher, int timeout, params IReadOnlyList<string> arguments) =>
        new(launcher[0], [.. launcher.Skip(1), Host, Program, .. arguments], timeout);

    private string[] Own(int processes) => implementation == OpenMpi
        ? ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", $"{processes}"]
        : ["-n", $"{processes}"];

    /// <summary>What a run came to.</summary>
    /// <param name="ExitCode">The launcher's exit code.</param>
    /// <param name="Output">What the processes printed.</param>
    /// <param name="Error">What they and the launcher wrote to standard error.</param>
    internal sealed record Ended(int ExitCode, string Output, string Error)
    {
        public IReadOnlyList<string> Lines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))];

        public Ended RequireSuccess()
        {
            Assert.True(ExitCode == 0, $"Exit code {ExitCode}.\n{Output}\n{Error}");
            return this;
        }
    }

    /// <summary>A run that is under way.</summary>
    internal sealed class Running : IDisposable
    {
        private readonly Process process;
        private readonly StringBuilder output = new();
        private readonly StringBuilder error = new();

        public Running(string launcher, IReadOnlyList<string> arguments, int? timeout = null, IReadOnlyList<(string Name, string Value)>? environment = null)
        {
            var start = new ProcessStartInfo(launcher, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            start.Environment["OMP_NUM_THREADS"] = "1";
            start.Environment["DOTNET_TieredPGO"] = "0";

            // Open MPI gives processes a terminal, which .NET would set up.
            start.Environment["TERM"] = "dumb";
            if (timeout is not null)
            {
                start.Environment["CASS_MPI_TIMEOUT"] = $"{timeout}";
            }

            foreach (var (name, value) in environment ?? [])
            {
                start.Environment[name] = value;
            }

            process = Process.Start(start)!;
            process.OutputDataReceived += (_, line) => Append(output, line.Data);
            process.ErrorDataReceived += (_, line) => Append(error, line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public bool HasEnded => process.HasExited;

        public string Output
        {
            get
            {
                lock (output)
                {
                    return output.ToString();
                }
            }
        }

        public Ended WaitForEnd(TimeSpan limit)
        {
            if (!process.WaitForExit(limit))
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                Assert.Fail($"The processes had not ended after {limit}.\n{output}\n{error}");
            }

            process.WaitForExit();
            return new(process.ExitCode, Output, error.ToString());
        }

        /// <summary>Waits until something is so; fails where the run ends before.</summary>
        public void WaitUntil(Func<bool> condition)
        {
            while (!condition())
            {
                Assert.False(process.HasExited, $"The run has ended.\n{output}\n{error}");
                Thread.Sleep(5);
            }
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        private static void Append(StringBuilder text, string? line)
        {
            lock (text)
            {
                text.Append(line).Append('\n');
            }
        }
    }
}
