namespace Cass.Models;

/// <summary>How far a download is.</summary>
/// <param name="File">The file, as <c>owner/name/file</c>.</param>
/// <param name="Bytes">Bytes that are there, those of an earlier attempt included.</param>
/// <param name="TotalBytes">Bytes in all; null where the server does not say.</param>
public sealed record DownloadProgress(string File, long Bytes, long? TotalBytes);
