using System.Text;
using System.Text.Unicode;

namespace Cass.Data;

/// <summary>Brings the text of a manifest to UTF-8, and finds the first line that is not in the encoding that it should be in.</summary>
internal static class ManifestText
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Opens a manifest as UTF-8, checked whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it is written in where no byte-order mark says so, and how messages spell that option.</param>
    /// <param name="warnings">Takes what is likely a mistake.</param>
    /// <exception cref="ManifestException">It is written in something else; the first line that shows it is named.</exception>
    public static Stream Open(string path, CsvManifestOptions options, List<string> warnings)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, BlockBytes, FileOptions.SequentialScan);
        try
        {
            var written = OfMark(file) ?? options.Encoding ?? Encoding.UTF8;
            if (written.CodePage != Encoding.UTF8.CodePage)
            {
                using (file)
                {
                    if (OfMark(file) is null && IsUtf8BeyondAscii(file))
                    {
                        warnings.Add($"The manifest '{path}' is read as {written.WebName}, but every letter beyond ASCII in it is one of UTF-8: names of classes and files may come out garbled{options.Advise(nameof(options.Encoding), name => $"; leave {name} out to read it as UTF-8")}.");
                    }

                    return Transcoded(file, path, Strict(written), options);
                }
            }

            RequireUtf8(file, path, options);
            file.Position = 0;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The encoding that the file's byte-order mark names; null where there is none.</summary>
    private static Encoding? OfMark(FileStream file)
    {
        Span<byte> start = stackalloc byte[4];
        var read = start[..file.ReadAtLeast(start, 4, throwOnEndOfStream: false)];
        file.Position = 0;
        Encoding[] marked = [new UTF32Encoding(bigEndian: false, byteOrderMark: true), new UTF32Encoding(bigEndian: true, byteOrderMark: true), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF8];
        foreach (var encoding in marked)
        {
            if (read.StartsWith(encoding.Preamble))
            {
                return encoding;
            }
        }

        return null;
    }

    private static Encoding Strict(Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        return strict;
    }

    /// <summary>Whether a file is UTF-8, with letters that other encodings write otherwise. Leaves it at its beginning.</summary>
    private static bool IsUtf8BeyondAscii(FileStream file)
    {
        var block = new byte[BlockBytes];
        var isBeyondAscii = false;
        try
        {
            for (var kept = 0; ;)
            {
                var read = file.Read(block, kept, block.Length - kept);
                var text = block.AsSpan(0, kept + read);
                var whole = read == 0 ? text.Length : WholeCharacters(text);
                if (!Utf8.IsValid(text[..whole]) || text.Contains((byte)0))
                {
                    return false;
                }

                isBeyondAscii |= !Ascii.IsValid(text[..whole]);
                if (read == 0)
                {
                    return isBeyondAscii;
                }

                text[whole..].CopyTo(block);
                kept = text.Length - whole;
            }
        }
        finally
        {
            file.Position = 0;
        }
    }

    private static void RequireUtf8(FileStream file, string path, CsvManifestOptions options)
    {
        var block = new byte[BlockBytes];
        var lines = default(LineCount);
        for (var kept = 0; ;)
        {
            var read = file.Read(block, kept, block.Length - kept);
            var text = block.AsSpan(0, kept + read);
            var whole = read == 0 ? text.Length : WholeCharacters(text);
            if (file.Position == text.Length && text.Contains((byte)0))
            {
                throw new ManifestException($"The manifest '{path}' is not text, or is UTF-16 without a byte-order mark: it holds bytes that are zero. A manifest is a CSV file; save it as UTF-8{EncodingAdvice(options, "utf-16")}.");
            }

            if (!Utf8.IsValid(text[..whole]))
            {
                throw NotUtf8(text[..whole], lines, path, options);
            }

            if (read == 0)
            {
                return;
            }

            lines.Add(text[..whole]);
            text[whole..].CopyTo(block);
            kept = text.Length - whole;
        }
    }

    /// <summary>Length of a block of UTF-8 up to its last character that is there whole.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= Math.Min(3, text.Length); back++)
        {
            var first = text[^back];
            if ((first & 0xC0) != 0x80)
            {
                var length = first switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
                return length > back ? text.Length - back : text.Length;
            }
        }

        return text.Length;
    }

    private static ManifestException NotUtf8(ReadOnlySpan<byte> text, LineCount lines, string path, CsvManifestOptions options)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(text[valid..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            valid += length;
        }

        lines.Add(text[..valid]);
        return new ManifestException(
            $"Line {1 + lines.Ends} of the manifest '{path}' is not UTF-8: it has the byte 0x{text[valid]:X2}. Save the file as UTF-8{EncodingAdvice(options)}.");
    }

    private static MemoryStream Transcoded(FileStream file, string path, Encoding encoding, CsvManifestOptions options)
    {
        var result = new MemoryStream();
        var decoder = encoding.GetDecoder();
        var (bytes, chars) = (new byte[BlockBytes], new char[encoding.GetMaxCharCount(BlockBytes)]);
        var (lines, isStart) = (default(LineCount), true);
        int read;
        do
        {
            read = file.Read(bytes);
            int count;
            try
            {
                count = decoder.GetChars(bytes, 0, read, chars, 0, flush: read == 0);
            }
            catch (DecoderFallbackException e)
            {
                throw new ManifestException($"Line {1 + LinesBefore(encoding, bytes.AsSpan(0, read), lines)} of the manifest '{path}' is not {encoding.WebName}; save the file as UTF-8{EncodingAdvice(options)}.", e);
            }

            var text = chars.AsSpan(0, count);
            if (isStart && count > 0)
            {
                isStart = false;
                text = text.TrimStart('\uFEFF');
            }

            lines.Add(text);
            result.Write(Encoding.UTF8.GetBytes(text.ToArray()));
        }
        while (read > 0);

        result.Position = 0;
        return result;
    }

    /// <summary>Line ends before the first bytes of a block that cannot be decoded, with those of the blocks before.</summary>
    private static long LinesBefore(Encoding encoding, ReadOnlySpan<byte> block, LineCount lines)
    {
        var decoder = encoding.GetDecoder();
        Span<char> chars = stackalloc char[16];
        try
        {
            for (var i = 0; i < block.Length; i++)
            {
                lines.Add(chars[..decoder.GetChars(block.Slice(i, 1), chars, flush: false)]);
            }
        }
        catch (DecoderFallbackException)
        {
            // What was to be found.
        }

        return lines.Ends;
    }

    private static string EncodingAdvice(CsvManifestOptions options, string example = "latin1") =>
        options.Advise(nameof(options.Encoding), name => $", or set {name} to what it is written in, such as {example}");
}
