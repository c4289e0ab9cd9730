using Cass.Models;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Fuzz;

/// <summary>
/// What every weight file must do, however hostile: open and give tensors that are no larger than the file, or be
/// refused by <see cref="WeightFileException"/> in one line, without memory beyond a share of the file's own size.
/// </summary>
internal sealed class HostileWeightFile(string path)
{
    /// <summary>What opening costs at any length: buffers, messages, exceptions.</summary>
    private const long FixedBytes = 1 << 20;

    /// <summary>What the description of tensors costs, in bytes of memory per byte of file; a pickle's opcode makes an object.</summary>
    private const long BytesPerByte = 256;

    /// <summary>How many files opened.</summary>
    public int Opened { get; private set; }

    /// <summary>How many were refused.</summary>
    public int Refused { get; private set; }

    public void Check(byte[] content, Func<string> label)
    {
        // Loading libtorch takes memory too, once, and none of the file's.
        TorchBackend.EnsureLoaded();
        File.WriteAllBytes(path, content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Open(content.Length);
            Opened++;
        }
        catch (WeightFileException exception)
        {
            Assert.Equal(path, exception.Path);
            Assert.DoesNotContain(exception.Message, char.IsControl);
            Assert.InRange(exception.Message.Length, path.Length, path.Length + 1000);
            Refused++;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{label()}: {Convert.ToBase64String(content.AsSpan(0, Math.Min(content.Length, 6000)))}", exception);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= FixedBytes + (BytesPerByte * content.Length), $"{label()}: {allocated} bytes for a file of {content.Length}");
    }

    private void Open(long length)
    {
        using var file = StateDictFile.Open(path);
        foreach (var name in file.Names)
        {
            if (file.Entry(name).Type is not { } type)
            {
                Assert.Throws<WeightFileException>(() => file.Read(name).Dispose());
                continue;
            }

            using var tensor = file.Read(name);
            Assert.Equal(type, tensor.dtype);
            Assert.Equal(file.Entry(name).Shape, tensor.shape);
            Assert.InRange(tensor.NumberOfElements * tensor.ElementSize, 0, length);
        }
    }
}
