using System.Runtime.InteropServices;
using Cass.Build;
using Xunit;

namespace Cass.Tests.Native;

public sealed partial class GlibcxxVersionPatchCopyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cass-patch-").FullName;
    private readonly byte[] original = ElfLibrary.LikeTorchSharp().ToBytes();
    private readonly byte[] patched = ElfLibrary.LikeTorchSharp(flags: 2).ToBytes();
    private readonly string source;

    public GlibcxxVersionPatchCopyTests()
    {
        source = At("source.so");
        File.WriteAllBytes(source, original);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_copy_is_patched_and_the_source_is_not()
    {
        var copy = At("a/new/folder/copy.so");

        Assert.Equal(GlibcxxVersionPatch.Outcome.Patched, GlibcxxVersionPatch.Copy(source, copy));
        Assert.Equal(patched, File.ReadAllBytes(copy));
        Assert.Equal(original, File.ReadAllBytes(source));
        Assert.Equal([copy], Directory.GetFiles(Path.GetDirectoryName(copy)!));
    }

    [Fact]
    public void A_file_that_is_no_library_is_copied_as_it_is()
    {
        File.WriteAllText(source, "no library");

        Assert.Equal(GlibcxxVersionPatch.Outcome.NotElf64, GlibcxxVersionPatch.Copy(source, At("copy.so")));
        Assert.Equal("no library", File.ReadAllText(At("copy.so")));
    }

    [Fact]
    public void An_older_copy_is_replaced()
    {
        File.WriteAllText(At("copy.so"), "from an earlier build, and longer than the library".PadRight(10_000));

        GlibcxxVersionPatch.Copy(source, At("copy.so"));

        Assert.Equal(patched, File.ReadAllBytes(At("copy.so")));
    }

    [Fact]
    public void A_source_reached_through_a_symbolic_link_stays_as_it_was()
    {
        Link(symbolic: true, At("link.so"));

        GlibcxxVersionPatch.Copy(At("link.so"), At("copy.so"));

        AssertPatchedApartFromSource(At("copy.so"));
        Assert.NotNull(new FileInfo(At("link.so")).LinkTarget);
    }

    [Fact]
    public void A_source_with_a_second_hard_link_stays_as_it_was()
    {
        Link(symbolic: false, At("link.so"));

        GlibcxxVersionPatch.Copy(At("link.so"), At("copy.so"));

        AssertPatchedApartFromSource(At("copy.so"));
        Assert.Equal(original, File.ReadAllBytes(At("link.so")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_copy_that_is_a_link_to_the_source_is_replaced_and_not_written_through(bool symbolic)
    {
        Link(symbolic, At("copy.so"));

        GlibcxxVersionPatch.Copy(source, At("copy.so"));

        AssertPatchedApartFromSource(At("copy.so"));
    }

    [Fact]
    public void A_dangling_link_is_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Creating symbolic links on Windows needs a privilege.");
        File.CreateSymbolicLink(At("copy.so"), At("gone.so"));

        GlibcxxVersionPatch.Copy(source, At("copy.so"));

        AssertPatchedApartFromSource(At("copy.so"));
        Assert.False(File.Exists(At("gone.so")));
    }

    [Fact]
    public void The_source_cannot_be_the_copy()
    {
        Assert.Throws<ArgumentException>(() => GlibcxxVersionPatch.Copy(source, At("./source.so")));
        Assert.Equal(original, File.ReadAllBytes(source));
    }

    [Fact]
    public void A_failure_leaves_nothing_behind()
    {
        Directory.CreateDirectory(At("copy.so"));

        Assert.ThrowsAny<SystemException>(() => GlibcxxVersionPatch.Copy(source, At("copy.so")));
        Assert.Equal([source], Directory.GetFiles(folder));
    }

    [Fact]
    public void The_copy_is_never_older_than_the_source()
    {
        File.SetLastWriteTimeUtc(source, DateTime.UtcNow.AddDays(30));

        GlibcxxVersionPatch.Copy(source, At("copy.so"));

        Assert.True(File.GetLastWriteTimeUtc(At("copy.so")) >= File.GetLastWriteTimeUtc(source));
    }

    [Fact]
    public void Builds_side_by_side_agree()
    {
        Parallel.For(0, 64, _ => GlibcxxVersionPatch.Copy(source, At("copy.so")));

        Assert.Equal(patched, File.ReadAllBytes(At("copy.so")));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void The_library_in_the_TorchSharp_package_changes_in_one_byte()
    {
        var library = TorchSharpPackage.LinuxLibrary;
        Assert.SkipUnless(File.Exists(library), $"The package cache has no '{library}'.");
        var before = File.ReadAllBytes(library);

        Assert.Equal(GlibcxxVersionPatch.Outcome.Patched, GlibcxxVersionPatch.Copy(library, At("copy.so")));

        var after = File.ReadAllBytes(At("copy.so"));
        Assert.Equal(before, File.ReadAllBytes(library));
        var difference = Assert.Single(GlibcxxVersionPatchTests.DifferencesBetween(before, after));
        Assert.Equal(0, before[difference]);
        Assert.Equal(2, after[difference]);
        Assert.Equal(GlibcxxVersionPatch.Outcome.AlreadyPatched, GlibcxxVersionPatch.Apply(after));
    }

    [Fact]
    public void The_library_in_the_TorchSharp_package_cut_short_is_malformed()
    {
        var library = TorchSharpPackage.LinuxLibrary;
        Assert.SkipUnless(File.Exists(library), $"The package cache has no '{library}'.");
        var whole = File.ReadAllBytes(library);
        for (var length = 6; length < whole.Length; length += whole.Length / 50)
        {
            Assert.Equal(GlibcxxVersionPatch.Outcome.Malformed, GlibcxxVersionPatch.Apply(whole[..length]));
        }
    }

    private void AssertPatchedApartFromSource(string copy)
    {
        Assert.Null(new FileInfo(copy).LinkTarget);
        Assert.Equal(patched, File.ReadAllBytes(copy));
        Assert.Equal(original, File.ReadAllBytes(source));
    }

    private string At(string name) => Path.Combine(folder, name);

    private void Link(bool symbolic, string link)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Creating symbolic links on Windows needs a privilege.");
        if (symbolic)
        {
            File.CreateSymbolicLink(link, source);
        }
        else
        {
            Assert.Equal(0, CreateHardLink(source, link));
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int CreateHardLink(string existing, string link);
}
