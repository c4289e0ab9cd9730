using System.Buffers.Binary;
using System.Text;
using Cass.Build;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Cass.Tests.Native;

public sealed class GlibcxxVersionPatchTests
{
    [Fact]
    public void Only_the_flags_of_the_one_record_change()
    {
        var original = ElfLibrary.LikeTorchSharp().ToBytes();
        var weakened = ElfLibrary.LikeTorchSharp(flags: 2).ToBytes();
        var image = (byte[])original.Clone();

        Assert.Equal(GlibcxxVersionPatch.Outcome.Patched, GlibcxxVersionPatch.Apply(image));
        Assert.Equal(weakened, image);
        Assert.Single(DifferencesBetween(original, image));
    }

    [Fact]
    public void Other_flags_of_the_record_are_kept()
    {
        var image = ElfLibrary.LikeTorchSharp(flags: 0x4001).ToBytes();

        Assert.Equal(GlibcxxVersionPatch.Outcome.Patched, GlibcxxVersionPatch.Apply(image));
        Assert.Equal(ElfLibrary.LikeTorchSharp(flags: 0x4003).ToBytes(), image);
    }

    [Fact]
    public void A_patched_library_is_recognised()
    {
        var image = ElfLibrary.LikeTorchSharp().ToBytes();
        GlibcxxVersionPatch.Apply(image);

        AssertUntouched(GlibcxxVersionPatch.Outcome.AlreadyPatched, image);
    }

    [Fact]
    public void A_library_without_the_record_needs_nothing() => AssertUntouched(
        GlibcxxVersionPatch.Outcome.NotNeeded,
        new ElfLibrary().Needs("libstdc++.so.6", ("GLIBCXX_3.4.30", 0, 2)).Imports("anything", 2).ToBytes());

    [Fact]
    public void A_library_without_versions_needs_nothing() =>
        AssertUntouched(GlibcxxVersionPatch.Outcome.NotNeeded, new ElfLibrary().Imports("memcpy", 0).ToBytes());

    [Fact]
    public void A_library_without_sections_needs_nothing()
    {
        var image = ElfLibrary.LikeTorchSharp().ToBytes();
        image.AsSpan(0x28, 8).Clear();
        image.AsSpan(0x3c, 2).Clear();

        AssertUntouched(GlibcxxVersionPatch.Outcome.NotNeeded, image);
    }

    [Fact]
    public void A_library_that_calls_a_function_of_the_version_is_left_alone() => AssertUntouched(
        GlibcxxVersionPatch.Outcome.InUse,
        ElfLibrary.LikeTorchSharp().Imports("_ZNSt8__format25__locale_encoding_to_utf8", 4).ToBytes());

    [Theory]
    [InlineData("")]
    [InlineData("\u007fELF")]
    [InlineData("A text file, longer than the header of an ELF file, of which it holds nothing at all, not even the first.")]
    public void Text_is_not_a_library(string text) =>
        AssertUntouched(GlibcxxVersionPatch.Outcome.NotElf64, Encoding.ASCII.GetBytes(text));

    [Theory]
    [InlineData("PE", new byte[] { (byte)'M', (byte)'Z', 0x90, 0, 3, 0, 0, 0 })]
    [InlineData("Mach-O", new byte[] { 0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1 })]
    [InlineData("universal Mach-O", new byte[] { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2 })]
    [InlineData("32-bit ELF", new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1, 0 })]
    [InlineData("big-endian ELF", new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 2, 1, 0 })]
    public void Libraries_of_other_systems_are_left_alone(string format, byte[] start)
    {
        var image = ElfLibrary.LikeTorchSharp().ToBytes();
        start.CopyTo(image, 0);

        Assert.NotEmpty(format);
        AssertUntouched(GlibcxxVersionPatch.Outcome.NotElf64, image);
    }

    [Fact]
    public void A_library_cut_short_at_any_length_is_malformed()
    {
        var whole = ElfLibrary.LikeTorchSharp().ToBytes();
        for (var length = 0; length < whole.Length; length++)
        {
            var expected = length < 6 ? GlibcxxVersionPatch.Outcome.NotElf64 : GlibcxxVersionPatch.Outcome.Malformed;
            AssertUntouched(expected, whole[..length]);
        }
    }

    [Fact]
    public void No_flipped_bit_makes_it_fail_or_change_more_than_one_flag()
    {
        var whole = ElfLibrary.LikeTorchSharp().ToBytes();
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var image = (byte[])whole.Clone();
            image[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertAtMostOneFlagChanges(image);
        }
    }

    [Fact]
    public void No_damage_makes_it_fail_or_change_more_than_one_flag()
    {
        var whole = ElfLibrary.LikeTorchSharp().ToBytes();
        var damage = Gen.Zip(Gen.Choose(0, whole.Length - 1), Gen.Choose(0, 255)).ListOf(8);
        Prop.ForAll(damage.ToArbitrary(), changes =>
        {
            var image = (byte[])whole.Clone();
            foreach (var (position, value) in changes)
            {
                image[position] = (byte)value;
            }

            AssertAtMostOneFlagChanges(image);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Theory]
    [InlineData(0x28, ulong.MaxValue)]
    [InlineData(0x28, 0x8000000000000000UL)]
    [InlineData(0x28, 0x7fffffffUL)]
    public void A_section_table_out_of_reach_is_malformed(int at, ulong value)
    {
        var image = ElfLibrary.LikeTorchSharp().ToBytes();
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(at), value);

        AssertUntouched(GlibcxxVersionPatch.Outcome.Malformed, image);
    }

    [Fact]
    public void A_record_whose_hash_contradicts_its_name_is_malformed()
    {
        var image = ElfLibrary.LikeTorchSharp().ToBytes();
        image[image.AsSpan().IndexOf<byte>([0x42, 0xf8, 0x97, 0x02])] ^= 1;

        AssertUntouched(GlibcxxVersionPatch.Outcome.Malformed, image);
    }

    private static void AssertUntouched(GlibcxxVersionPatch.Outcome expected, byte[] image)
    {
        var before = (byte[])image.Clone();

        Assert.Equal(expected, GlibcxxVersionPatch.Apply(image));
        Assert.Equal(before, image);
    }

    private static void AssertAtMostOneFlagChanges(byte[] image)
    {
        var before = (byte[])image.Clone();
        var outcome = GlibcxxVersionPatch.Apply(image);

        var differences = DifferencesBetween(before, image);
        Assert.Equal(outcome == GlibcxxVersionPatch.Outcome.Patched ? 1 : 0, differences.Count);
        Assert.All(differences, at => Assert.Equal(before[at] | 2, image[at]));
    }

    internal static List<int> DifferencesBetween(byte[] left, byte[] right)
    {
        Assert.Equal(left.Length, right.Length);
        return [.. Enumerable.Range(0, left.Length).Where(i => left[i] != right[i])];
    }
}
