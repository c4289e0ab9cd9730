using System.Globalization;

namespace Cass.Serving;

/// <summary>What the system says of files without opening them, by which a change is noticed.</summary>
internal static class ContentStamp
{
    /// <summary>A text that is another once a file was written, replaced, removed, or reached by another link.</summary>
    public static string Of(IReadOnlyList<string> files) => string.Join('\n', files.Select(Of));

    private static string Of(string file)
    {
        var status = FileStatus.Of(file);
        if (status.Identity is { } identity)
        {
            return identity.ToString();
        }

        try
        {
            var info = new FileInfo(file);
            var target = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            return string.Create(CultureInfo.InvariantCulture, $"{target.FullName} {(target.Exists ? target.Length : -1)} {target.LastWriteTimeUtc.Ticks}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.GetType().Name;
        }
    }
}
