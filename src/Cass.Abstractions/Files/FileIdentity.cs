namespace Cass;

/// <summary>
/// Which file a path leads to, however the path is spelled: two paths with equal identities are one file, through links,
/// hard links, or a file system that takes capital letters for small ones.
/// </summary>
/// <param name="Device">Number of the file system.</param>
/// <param name="Inode">Number of the file in it.</param>
/// <param name="Size">Its size in bytes; it guards against file systems that number all files alike.</param>
/// <param name="Modified">When it was last changed, in nanoseconds since 1970; for the same purpose.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode, ulong Size, long Modified);
