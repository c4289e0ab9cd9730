using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Xunit;

namespace Cass.Tests.Files;

/// <summary>Permissions, links and devices, which a user of Unix expects of a plain write.</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class AtomicFileOnUnixTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0b110_000_000)]
    [InlineData(0b110_110_100)]
    [InlineData(0b111_101_101)]
    [InlineData(0b110_110_110)]
    public void A_file_that_is_replaced_keeps_its_permissions(int mode)
    {
        RequireUnix();
        File.WriteAllText(folder["patients.csv"], "old");
        File.SetUnixFileMode(folder["patients.csv"], (UnixFileMode)mode);

        AtomicFile.WriteText(folder["patients.csv"], "new");

        Assert.Equal("new", File.ReadAllText(folder["patients.csv"]));
        Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(folder["patients.csv"]));
    }

    [Fact]
    public void A_new_file_has_the_permissions_of_a_plain_write()
    {
        RequireUnix();
        File.WriteAllText(folder["plain"], "text");

        AtomicFile.WriteText(folder["atomic"], "text");

        Assert.Equal(File.GetUnixFileMode(folder["plain"]), File.GetUnixFileMode(folder["atomic"]));
    }

    [Fact]
    public void Nobody_else_may_read_the_new_content_of_a_private_file_while_it_is_written()
    {
        RequireUnix();
        File.WriteAllText(folder["patients.csv"], "old");
        File.SetUnixFileMode(folder["patients.csv"], Private);

        AtomicFile.Write(folder["patients.csv"], _ =>
        {
            var temporary = Assert.Single(Directory.GetFiles(folder.Path, ".*.tmp"));
            Assert.Equal(Private, File.GetUnixFileMode(temporary));
        });
    }

    [Fact]
    public void A_file_that_is_replaced_keeps_its_owner_and_group()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only Linux's superuser may give a file away.");
        File.WriteAllText(folder["theirs"], "old");
        Assert.Equal(0, ChangeOwner(folder["theirs"], 1234, 4321));

        AtomicFile.WriteText(folder["theirs"], "new");

        Assert.Equal("1234 4321", Shell($"stat -c '%u %g' '{folder["theirs"]}'"));
    }

    [Theory]
    [InlineData("data/target", "data/target")]
    [InlineData("../{0}/data/target", "data/target")]
    [InlineData("missing/target", "missing/target")]
    public void A_link_stays_and_leads_to_the_new_content(string linked, string target)
    {
        RequireUnix();
        Directory.CreateDirectory(folder["data"]);
        File.WriteAllText(folder["data/target"], "old");
        File.SetUnixFileMode(folder["data/target"], Private);
        var to = string.Format(System.Globalization.CultureInfo.InvariantCulture, linked, Path.GetFileName(folder.Path));
        File.CreateSymbolicLink(folder["second"], to);
        File.CreateSymbolicLink(folder["first"], "second");

        AtomicFile.WriteText(folder["first"], "new");

        Assert.Equal("new", File.ReadAllText(folder[target]));
        Assert.Equal("new", File.ReadAllText(folder["first"]));
        Assert.Equal("second", new FileInfo(folder["first"]).LinkTarget);
        Assert.Equal(to, new FileInfo(folder["second"]).LinkTarget);
        Assert.Equal(Private, File.GetUnixFileMode(folder["data/target"]));
        Assert.Empty(Directory.GetFiles(folder.Path, ".*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_link_within_a_linked_folder_is_read_from_where_it_lies()
    {
        RequireUnix();
        Directory.CreateDirectory(folder["real/inner"]);
        File.WriteAllText(folder["real/target"], "old");
        File.CreateSymbolicLink(folder["real/inner/link"], "../target");
        Directory.CreateSymbolicLink(folder["inner"], "real/inner");

        AtomicFile.WriteText(folder["inner/link"], "new");

        Assert.Equal("new", File.ReadAllText(folder["real/target"]));
        Assert.False(File.Exists(folder["target"]));
    }

    [Fact]
    public void A_link_to_itself_is_an_error()
    {
        RequireUnix();
        File.CreateSymbolicLink(folder["loop"], "loop");

        var error = Assert.Throws<IOException>(() => AtomicFile.WriteText(folder["loop"], "text"));

        Assert.Contains(folder["loop"], error.Message, StringComparison.Ordinal);
        Assert.Equal("loop", new FileInfo(folder["loop"]).LinkTarget);
    }

    [Fact]
    public void A_device_is_written_to()
    {
        RequireLinux();
        AtomicFile.WriteText("/dev/null", "text");
        Assert.Equal("character special file", Shell("stat -c %F /dev/null"));

        File.CreateSymbolicLink(folder["nowhere"], "/dev/null");
        AtomicFile.WriteText(folder["nowhere"], "text");
        Assert.Equal("/dev/null", new FileInfo(folder["nowhere"]).LinkTarget);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_full_device_is_an_error()
    {
        RequireLinux();
        Assert.ThrowsAny<IOException>(() => AtomicFile.WriteText("/dev/full", "text"));
    }

    [Fact]
    public void A_named_pipe_is_written_to_also_by_what_goes_back_in_the_content()
    {
        RequireLinux();
        Shell($"mkfifo '{folder["pipe"]}'");
        using var reader = Process.Start(new ProcessStartInfo("cat", [folder["pipe"]]) { RedirectStandardOutput = true, UseShellExecute = false })!;

        AtomicFile.Write(folder["pipe"], stream =>
        {
            stream.Write("?ext"u8);
            stream.Position = 0;
            stream.Write("t"u8);
        });

        Assert.Equal("text", reader.StandardOutput.ReadToEnd());
        Assert.Equal("fifo", Shell($"stat -c %F '{folder["pipe"]}'"));
    }

    [Fact]
    public void A_path_that_leads_to_an_open_file_is_written_to_not_replaced()
    {
        RequireLinux();
        using var open = new FileStream(folder["open"], FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);

        AtomicFile.WriteText($"/dev/fd/{open.SafeFileHandle.DangerousGetHandle()}", "text");

        using var reader = new StreamReader(open);
        Assert.Equal("text", reader.ReadToEnd());
    }

    [Fact]
    public void Other_hard_links_keep_the_old_content()
    {
        RequireUnix();
        File.WriteAllText(folder["one"], "old");
        Shell($"ln '{folder["one"]}' '{folder["other"]}'");

        AtomicFile.WriteText(folder["one"], "new");

        Assert.Equal("new", File.ReadAllText(folder["one"]));
        Assert.Equal("old", File.ReadAllText(folder["other"]));
    }

    [Fact]
    public void A_file_that_may_not_be_written_is_not_replaced()
    {
        RequireUnix();
        RequireOrdinaryUser();
        File.WriteAllText(folder["kept"], "old");
        File.SetUnixFileMode(folder["kept"], UnixFileMode.UserRead);

        var error = Assert.Throws<UnauthorizedAccessException>(() => AtomicFile.WriteText(folder["kept"], "new"));

        Assert.Contains(folder["kept"], error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(folder["kept"]));
    }

    [Fact]
    public void A_folder_that_takes_no_new_file_is_an_error_that_names_the_file()
    {
        RequireUnix();
        RequireOrdinaryUser();
        Directory.CreateDirectory(folder["closed"]);
        File.WriteAllText(folder["closed/file"], "old");
        File.SetUnixFileMode(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var error = Assert.Throws<UnauthorizedAccessException>(() => AtomicFile.WriteText(folder["closed/file"], "new"));

            Assert.Contains($"'{folder["closed/file"]}'", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static void RequireUnix() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other permissions, links and devices.");

    private static void RequireLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The devices are Linux's.");

    private static void RequireOrdinaryUser() => Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may write everything.");

    private static string Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
