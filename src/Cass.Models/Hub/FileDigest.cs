using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cass.Models;

/// <summary>The digests that the hub gives of its files.</summary>
internal static class FileDigest
{
    /// <summary>Computes the digest of a file that is as long as an expected one: SHA-256, or git's SHA-1 of a blob.</summary>
    public static string Compute(string path, int digits)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(digits == 64 ? SHA256.HashData(stream) : GitBlob(stream));
    }

    // The hub names small files as git does; nothing is signed by it.
#pragma warning disable CA5350
    private static byte[] GitBlob(FileStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        var buffer = new byte[1 << 16];
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            hash.AppendData(buffer, 0, read);
        }

        return hash.GetHashAndReset();
    }
#pragma warning restore CA5350
}
