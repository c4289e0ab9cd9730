namespace Cass.Models;

/// <summary>A stored (uncompressed) entry of a zip archive.</summary>
/// <param name="Name">Its full name in the archive.</param>
/// <param name="Offset">First byte of its content in the file.</param>
/// <param name="Length">Length of its content.</param>
internal sealed record ZipRecord(string Name, long Offset, long Length);
