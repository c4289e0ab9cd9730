using System.Collections;
using System.Diagnostics;
using System.Text;

namespace Cass.Tests.Packaging;

/// <summary>Runs the .NET command line as a stranger's shell would, not as a child of the build that runs the tests.</summary>
internal static class DotNetCommand
{
    private static readonly string[] InheritedPrefixes = ["MSBUILD", "VSTEST", "COREHOST", "CORECLR", "TESTINGPLATFORM", "MicrosoftInstrumentationEngine", "DOTNET_CLI_TELEMETRY_SESSIONID"];

    public static Result Build(string folder, params string[] arguments) =>
        Run(folder, [.. arguments, "-nodeReuse:false", "-p:UseSharedCompilation=false", "--nologo"]);

    public static Result Run(string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsInherited))
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return new Result(process.ExitCode, output.ToString());

        void Append(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }

    private static bool IsInherited(string name) =>
        InheritedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    internal sealed record Result(int ExitCode, string Output)
    {
        /// <summary>NuGet's codes for a source that does not answer, does not know a package, or not at this version.</summary>
        public bool LacksPackages => new[] { "NU1301", "NU1101", "NU1102", "NU1103" }
            .Any(code => Output.Contains(code, StringComparison.Ordinal));
    }
}
