namespace Cass;

/// <summary>Where a path leads, links followed, so that two paths can be compared.</summary>
internal static class RealPath
{
    /// <summary>As many links as Linux follows before it takes them for a loop.</summary>
    private const int MostLinks = 40;

    /// <summary>The absolute path without links; what does not exist is kept as it is written.</summary>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var real = Path.GetPathRoot(full)!;
        var rest = new Stack<string>(Parts(full[real.Length..]).Reverse());
        var links = 0;
        while (rest.TryPop(out var name))
        {
            var next = Path.Combine(real, name);
            if (TargetOf(next) is not { } target || ++links > MostLinks)
            {
                real = next;
                continue;
            }

            var absolute = Path.GetFullPath(target, real);
            real = Path.GetPathRoot(absolute)!;
            foreach (var part in Parts(absolute[real.Length..]).Reverse())
            {
                rest.Push(part);
            }
        }

        return real;
    }

    /// <summary>Whether a path is a folder or lies in it; both without links.</summary>
    public static bool IsWithin(string path, string folder)
    {
        var comparison = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return path.Equals(folder, comparison)
            || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, comparison);
    }

    private static string[] Parts(string path) =>
        path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
