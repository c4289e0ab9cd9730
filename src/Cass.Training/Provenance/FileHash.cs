using System.IO.Hashing;

namespace Cass.Training;

/// <summary>The hash by which a file that was altered or cut off is known: XXH128, which is as fast as memory.</summary>
internal static class FileHash
{
    public static string Of(string path)
    {
        var hash = new XxHash128();
        using var stream = File.OpenRead(path);
        hash.Append(stream);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(XxHash128.Hash(content));
}
