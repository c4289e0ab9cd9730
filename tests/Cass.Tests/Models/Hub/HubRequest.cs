using System.Globalization;

namespace Cass.Tests.Models.Hub;

/// <summary>A request that a <see cref="LoopbackHub"/> received.</summary>
internal sealed record HubRequest(string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string? Token => Headers.GetValueOrDefault("Authorization");

    /// <summary>The first byte asked for; 0 without a range.</summary>
    public int From => Headers.TryGetValue("Range", out var range)
        ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
        : 0;
}
