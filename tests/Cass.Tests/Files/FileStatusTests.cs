using System.Net.Sockets;
using Cass.Data;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Files;

/// <summary>What a path leads to is known before it is opened, so that nothing is waited for.</summary>
public sealed class FileStatusTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_folders_pipes_sockets_and_devices_are_told_apart()
    {
        NamedPipe.Create(folder["pipe"]);
        File.WriteAllText(folder["file"], "four");
        Directory.CreateSymbolicLink(folder["link to nothing"], folder["nothing"]);
        File.CreateSymbolicLink(folder["link to pipe"], folder["pipe"]);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder["socket"]));
        Assert.Equal(FileKind.File, FileStatus.Of(folder["file"]).Kind);
        Assert.Equal(FileKind.Folder, FileStatus.Of(folder.Path).Kind);
        Assert.Equal(FileKind.Pipe, FileStatus.Of(folder["pipe"]).Kind);
        Assert.Equal(FileKind.Pipe, FileStatus.Of(folder["link to pipe"]).Kind);
        Assert.Equal(FileKind.Socket, FileStatus.Of(folder["socket"]).Kind);
        Assert.Equal(FileKind.Device, FileStatus.Of("/dev/null").Kind);
        Assert.Equal(FileKind.Missing, FileStatus.Of(folder["nothing"]).Kind);
        Assert.Equal(FileKind.Missing, FileStatus.Of(folder["link to nothing"]).Kind);
        Assert.Equal(FileKind.Missing, FileStatus.Of(folder["file/below"]).Kind);
        Assert.Equal(FileKind.Missing, FileStatus.Of(string.Empty).Kind);
    }

    [Fact]
    public void Paths_to_one_file_have_one_identity_and_copies_have_their_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The identity of files is known on Linux.");
        File.WriteAllText(folder["a"], "four");
        File.Copy(folder["a"], folder["copy"]);
        File.CreateSymbolicLink(folder["link"], "a");
        var identity = FileStatus.Of(folder["a"]).Identity;
        Assert.Equal((4UL, true), (identity!.Value.Size, identity == FileStatus.Of(folder["link"]).Identity));
        Assert.Equal(identity, FileStatus.Of(folder["./../" + Path.GetFileName(folder.Path) + "//a"]).Identity);
        Assert.NotEqual(identity, FileStatus.Of(folder["copy"]).Identity);
        var modified = (File.GetLastWriteTimeUtc(folder["a"]) - DateTime.UnixEpoch).Ticks * 100;
        Assert.Equal(modified, identity.Value.Modified / 100 * 100);
    }

    [Fact(Timeout = 20_000)]
    public Task Pipes_are_refused_wherever_a_file_is_read() => Task.Run(() =>
    {
        NamedPipe.Create(folder["x.jpg"]);
        NamedPipe.Create(folder["list.csv"]);
        NamedPipe.Create(folder["model.safetensors"]);
        Directory.CreateDirectory(folder["classifier"]);
        NamedPipe.Create(folder["classifier/classifier.json"]);
        AssertRefused("x.jpg", () => new ImageFile(folder["x.jpg"]).Decode());
        AssertRefused("list.csv", () => CsvManifest.Read(folder["list.csv"]));
        AssertRefused("list.csv", () => ImageFolder.Read(folder["list.csv"]));
        AssertRefused("classifier.json", () => ImageClassifier.Load(folder["classifier"]));
        File.WriteAllText(folder["images.csv"], "path,target\nx.jpg,a\n");
        AssertRefused("x.jpg", () => CsvManifest.Read(folder["images.csv"]));
        Directory.CreateDirectory(folder["data/a"]);
        NamedPipe.Create(folder["data/a/y.jpg"]);
        AssertRefused("y.jpg", () => ImageFolder.Read(folder["data"]));
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 2, ImageHeight = 32, ImageWidth = 32 });
        AssertRefused("model.safetensors", () => BackboneWeights.Load(network, folder["model.safetensors"]));
    }, TestContext.Current.CancellationToken);

    [Fact]
    public void A_device_and_a_socket_named_like_an_image_are_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Devices are told from files on Linux.");
        File.CreateSymbolicLink(folder["endless.png"], "/dev/zero");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder["s.png"]));
        Assert.Contains("it is a device", Assert.Throws<UnreadableImageException>(() => new ImageFile(folder["endless.png"]).Decode()).Message, StringComparison.Ordinal);
        Assert.Contains("it is a socket", Assert.Throws<UnreadableImageException>(() => new ImageFile(folder["s.png"]).Decode()).Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string name, Func<object> read)
    {
        var error = Assert.ThrowsAny<CassInputException>(read);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("a named pipe (FIFO)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
