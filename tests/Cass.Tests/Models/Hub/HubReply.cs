using System.Globalization;

namespace Cass.Tests.Models.Hub;

/// <summary>How a body ends.</summary>
internal enum BodyEnd
{
    /// <summary>Whole.</summary>
    Whole,

    /// <summary>The connection closes early, politely.</summary>
    Closed,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>Nothing more comes.</summary>
    Stalled,
}

/// <summary>What a <see cref="LoopbackHub"/> answers.</summary>
internal sealed record HubReply(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>How many bytes of the body are sent; the length is announced whole.</summary>
    public int Sent { get; init; } = int.MaxValue;

    public BodyEnd End { get; init; } = BodyEnd.Whole;

    /// <summary>False to announce no length.</summary>
    public bool HasLength { get; init; } = true;

    public static HubReply Empty(int status, params (string Name, string Value)[] headers) => new(status, [], headers);

    /// <summary>The rest of a file from the byte asked for, as a server answers that knows ranges.</summary>
    public static HubReply Of(byte[] file, HubRequest request, params (string Name, string Value)[] headers) => request.From == 0
        ? new HubReply(200, file, headers)
        : new HubReply(206, file[request.From..], [.. headers, ("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {request.From}-{file.Length - 1}/{file.Length}"))]);
}
