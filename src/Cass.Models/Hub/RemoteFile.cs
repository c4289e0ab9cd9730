namespace Cass.Models;

/// <summary>What the hub says of a file before it sends it.</summary>
/// <param name="Size">Its length in bytes; null where it is not said.</param>
/// <param name="Digest">Its SHA-256 (64 hexadecimal digits) or git blob SHA-1 (40); null where neither is said.</param>
/// <param name="Commit">The commit that it is from; null where it is not said.</param>
internal sealed record RemoteFile(long? Size, string? Digest, string? Commit)
{
    /// <summary>Reads the hub's headers: those of a large file's redirection, or else of the file itself.</summary>
    public static RemoteFile Of(HttpResponseMessage response)
    {
        var redirected = (int)response.StatusCode is >= 300 and < 400;
        var size = long.TryParse(Header(response, "X-Linked-Size"), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var linked) ? linked
            : redirected ? null
            : response.Content.Headers.ContentRange?.Length ?? response.Content.Headers.ContentLength;
        var tag = (Header(response, "X-Linked-ETag") ?? (redirected ? null : Header(response, "ETag")))?.Trim();
        tag = tag?.StartsWith("W/", StringComparison.Ordinal) == true ? tag[2..] : tag;
        tag = tag?.Trim('"').ToLowerInvariant();
        return new RemoteFile(size, tag is { Length: 40 or 64 } && tag.All(char.IsAsciiHexDigit) ? tag : null, Header(response, "X-Repo-Commit"));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
