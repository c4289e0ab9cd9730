namespace Cass.Data;

/// <summary>Counts the line ends of a text that comes in blocks: LF, CR LF, and CR alone, as of old Macintosh programs.</summary>
internal struct LineCount
{
    private bool isAfterReturn;

    /// <summary>Line ends so far.</summary>
    public long Ends { get; private set; }

    /// <summary>Counts a block of UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> block) => Add(block, (byte)'\n', (byte)'\r', "\r\n"u8);

    /// <summary>Counts a block of characters.</summary>
    public void Add(ReadOnlySpan<char> block) => Add(block, '\n', '\r', "\r\n");

    private void Add<T>(ReadOnlySpan<T> block, T feed, T carriageReturn, ReadOnlySpan<T> both)
        where T : IEquatable<T>
    {
        if (block.IsEmpty)
        {
            return;
        }

        Ends += block.Count(feed) + block.Count(carriageReturn) - block.Count(both) - (isAfterReturn && block[0].Equals(feed) ? 1 : 0);
        isAfterReturn = block[^1].Equals(carriageReturn);
    }
}
