using System.Globalization;
using System.Text.RegularExpressions;

namespace Cass;

/// <summary>
/// The processor time that Linux's control groups leave this process, of the first version (<c>cpu.cfs_quota_us</c>) and the second
/// (<c>cpu.max</c>). A quota holds for all groups below, so every group up to the mount counts; .NET looks at the
/// innermost alone.
/// </summary>
internal static partial class ControlGroups
{
    private const string NoController = "";
    private const string ProcessorController = "cpu";

    /// <summary>The smallest quota of the process's groups.</summary>
    /// <param name="root">Where the system's root is; another folder than <c>/</c> only in tests.</param>
    /// <returns>Processors, such as 1.5; null where there is no quota, or none can be read.</returns>
    public static double? ReadQuota(string root)
    {
        // Whatever cannot be read is no limit: it would be worse to refuse to start.
        var groups = Groups(ReadLines(Below(root, "proc/self/cgroup")));
        return Mounts(ReadLines(Below(root, "proc/self/mountinfo")))
            .Where(mount => groups.ContainsKey(mount.Controller))
            .SelectMany(mount => Folders(mount, groups[mount.Controller]), (mount, folder) => mount.Controller is NoController
                ? SecondVersion(Below(root, folder))
                : FirstVersion(Below(root, folder)))
            .Min();
    }

    /// <summary>The path of the process's group in each hierarchy that may limit processors, by its controller.</summary>
    private static Dictionary<string, string> Groups(IEnumerable<string> lines)
    {
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parts in lines.Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3))
        {
            if (parts[0] is "0" && parts[1].Length == 0)
            {
                groups[NoController] = parts[2];
            }
            else if (HasProcessors(parts[1]))
            {
                groups[ProcessorController] = parts[2];
            }
        }

        return groups;
    }

    private static IEnumerable<Mount> Mounts(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            // id, parent, device, root, mount point, options, optional fields; a dash; type, source, options of the file system.
            var (fields, system) = line.Split(" - ", 2) is [var first, var second] ? (first.Split(' '), second.Split(' ')) : ([], []);
            if (fields.Length < 5 || system.Length < 3)
            {
                continue;
            }

            if (system[0] is "cgroup2")
            {
                yield return new Mount(NoController, Unescape(fields[3]), Unescape(fields[4]));
            }
            else if (system[0] is "cgroup" && HasProcessors(system[2]))
            {
                yield return new Mount(ProcessorController, Unescape(fields[3]), Unescape(fields[4]));
            }
        }
    }

    /// <summary>The folders of the process's group and of every group around it, as far as they are mounted.</summary>
    private static IEnumerable<string> Folders(Mount mount, string group)
    {
        var prefix = mount.Root.TrimEnd('/');
        var isBelow = group.StartsWith(prefix, StringComparison.Ordinal) && (group.Length == prefix.Length || group[prefix.Length] == '/');

        // A container may see its own group mounted and the path of a group outside; then the mount is its own.
        var path = isBelow ? group[prefix.Length..].TrimEnd('/') : string.Empty;
        if (path.Split('/').Contains(".."))
        {
            path = string.Empty;
        }

        while (path.Length > 0)
        {
            yield return mount.Point + path;
            path = path[..path.LastIndexOf('/')];
        }

        yield return mount.Point;
    }

    private static double? FirstVersion(string folder) =>
        ReadNumber(ReadLines(Path.Combine(folder, "cpu.cfs_quota_us")).FirstOrDefault()) is { } quota
        && ReadNumber(ReadLines(Path.Combine(folder, "cpu.cfs_period_us")).FirstOrDefault()) is { } period
            ? quota / period
            : null;

    private static double? SecondVersion(string folder) =>
        ReadLines(Path.Combine(folder, "cpu.max")).FirstOrDefault()?.Split(' ') is [var limit, var length, ..]
        && ReadNumber(limit) is { } quota
        && ReadNumber(length) is { } period
            ? quota / period
            : null;

    /// <summary>A number above 0; null for <c>max</c>, <c>-1</c> and what is none.</summary>
    private static double? ReadNumber(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool HasProcessors(string controllers) => controllers.Split(',').Contains(ProcessorController, StringComparer.Ordinal);

    private static string Below(string root, string path) => Path.Combine(root, path.TrimStart('/'));

    // The kernel writes blanks and their like in paths as three octal digits.
    private static string Unescape(string path) =>
        Escaped().Replace(path, match => ((char)Convert.ToInt32(match.Groups["digits"].Value, 8)).ToString());

    [GeneratedRegex(@"\\(?<digits>[0-7]{3})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escaped();

    /// <param name="Controller"><see cref="ProcessorController"/> for the first version, <see cref="NoController"/> for the second, which has one hierarchy.</param>
    /// <param name="Root">The group that is mounted.</param>
    /// <param name="Point">Where it is mounted.</param>
    private sealed record Mount(string Controller, string Root, string Point);
}
