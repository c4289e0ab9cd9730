using Cass.Data;
using Cass.Tests.Reference;
using Xunit;

namespace Cass.Tests.Data.Fuzz;

/// <summary>20,000 damaged images: each either decodes to a whole image or is refused with its name, and none ends the process.</summary>
public sealed class DecoderFuzzTests
{
    private const int MutantsOfAll = 20_000;

    [Fact]
    public void Mutated_images_decode_or_are_refused()
    {
        var reference = ReferenceTensors.Read(Path.Combine(AppContext.BaseDirectory, "Data", "Pillow", "pillow.safetensors"));
        byte[][] seeds = [.. reference.Keys.Where(k => k.EndsWith("/file", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(reference.BytesOf)];
        var options = new ImageDecodingOptions { MaxPixels = 1 << 20, ApplyExifOrientation = true };
        var (decoded, refused) = (0, 0);
        for (var i = 0; i < MutantsOfAll; i++)
        {
            var random = new Xoshiro256Random((ulong)i);
            var mutant = Mutate(seeds[i % seeds.Length], seeds[random.Next(seeds.Length)], random);
            try
            {
                var image = ImageDecoder.Decode(mutant, $"mutant {i}", options);
                Assert.InRange((long)image.Width * image.Height, 1, options.MaxPixels);
                decoded++;
            }
            catch (UnreadableImageException e)
            {
                Assert.Equal($"mutant {i}", e.ImageName);
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
        }

        // Both outcomes must be common, or the mutations test nothing.
        Assert.True(decoded > MutantsOfAll / 50 && refused > MutantsOfAll / 50, $"{decoded} decoded, {refused} refused");
    }

    private static byte[] Mutate(byte[] seed, byte[] other, Random random)
    {
        byte[] bytes = [.. seed];
        for (var change = random.Next(1, 5); change > 0; change--)
        {
            var at = random.Next(bytes.Length);
            var count = Math.Min(random.Next(1, 33), bytes.Length - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    random.NextBytes(bytes.AsSpan(at, count));
                    break;
                case 2:
                    bytes = bytes[..Math.Max(1, at)];
                    break;
                case 3:
                    bytes = [.. bytes[..at], .. bytes[(at + count)..]];
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[at..(at + count)], .. bytes[at..]];
                    break;
                case 5:
                    bytes = [.. bytes[..at], .. other[Math.Min(at, other.Length - 1)..]];
                    break;
                default:
                    // Sizes and counts live in the first bytes.
                    bytes[random.Next(Math.Min(64, bytes.Length))] = (byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(256) });
                    break;
            }

            if (bytes.Length == 0)
            {
                return [0];
            }
        }

        // Checksums would hide what lies behind them from most mutations.
        if (random.Next(2) == 0)
        {
            RepairPngChecksums(bytes);
        }

        return bytes;
    }

    private static void RepairPngChecksums(byte[] bytes)
    {
        if (bytes.Length < 8 || bytes[0] != 0x89)
        {
            return;
        }

        var at = 8;
        while (at + 12 <= bytes.Length)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            if (length > bytes.Length - at - 12)
            {
                return;
            }

            var checksum = System.IO.Hashing.Crc32.HashToUInt32(bytes.AsSpan(at + 4, 4 + (int)length));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at + 8 + (int)length), checksum);
            at += 12 + (int)length;
        }
    }
}
