using System.Globalization;

namespace BrainMri.CommandLine;

/// <summary>
/// The number of files that the process may have open. Beyond it, .NET finds none of its own assemblies, not even those that it
/// needs to say so; a limit that is too low is therefore found before anything else.
/// </summary>
internal static class OpenFileLimit
{
    /// <summary>.NET keeps two open for each of some fifty assemblies; every worker has an image open.</summary>
    private const int Needed = 256;

    /// <summary>What is wrong with the limit; null where it is high enough or not known.</summary>
    /// <param name="limitsFile">What Linux says of the limits of the process.</param>
    public static string? Problem(string limitsFile = "/proc/self/limits")
    {
        const string Name = "Max open files";
        if (!File.Exists(limitsFile))
        {
            return null;
        }

        foreach (var line in File.ReadAllText(limitsFile).Split('\n'))
        {
            // .NET has raised the soft limit, the first number, to the hard one.
            if (line.StartsWith(Name, StringComparison.Ordinal)
                && int.TryParse(line.AsSpan(Name.Length).TrimStart().ToString().Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                && limit < Needed)
            {
                return string.Create(CultureInfo.InvariantCulture, $"This process may have {limit} files open, and needs up to {Needed}: raise the limit, such as with ulimit -n 1024.");
            }
        }

        return null;
    }
}
