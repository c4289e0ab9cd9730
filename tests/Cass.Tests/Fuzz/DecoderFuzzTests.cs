using Cass.Data;
using Cass.Tests.Order;
using Cass.Tests.Reference;
using Xunit;

namespace Cass.Tests.Fuzz;

/// <summary>20,000 damaged images, a fifth of them unless <see cref="LongTests"/> are wanted: each either decodes to a whole image or is refused with its name, and none ends the process.</summary>
public sealed class DecoderFuzzTests
{
    private static readonly int MutantsOfAll = LongTests.Repeats(20_000, 4_000);

    [Trait("Category", LongTests.Category)]
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
        var bytes = ByteMutation.Apply(seed, other, random);
        if (bytes.Length == 0)
        {
            return [0];
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
