namespace Cass.Tests.Serving;

/// <summary>A stream as of a request: it refuses to be read synchronously, does not know its length, and gives a few bytes at a time.</summary>
internal sealed class AsyncOnlyStream(ReadOnlyMemory<byte> content, int chunk = 1000, bool isEndless = false) : Stream
{
    private int position;

    /// <summary>Number of bytes that were taken.</summary>
    public long Taken { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        position = isEndless ? position % content.Length : position;
        var count = Math.Min(Math.Min(chunk, buffer.Length), content.Length - position);
        content.Slice(position, count).CopyTo(buffer);
        position += count;
        Taken += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous operations are disallowed.");

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
