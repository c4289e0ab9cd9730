using Cass.Training;
using Xunit;

namespace Cass.Tests.Recording;

public sealed class EventFileWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_independent_reader_reads_numbers_steps_and_unix_seconds()
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        (string, long, float)[] written = [("Loss/train", 1, 0.5f), ("Größe", long.MaxValue, float.NaN), (new string('x', 300), 0, -1e-30f)];
        string path;
        using (var writer = new EventFileWriter(folder.Path))
        {
            path = writer.Path;
            foreach (var (tag, step, value) in written)
            {
                writer.Scalar(tag, value, step);
            }
        }

        Assert.Equal(written, EventFile.Scalars(path));
        var times = EventFile.WallTimes(path).ToList();
        Assert.Equal(4, times.Count);
        Assert.All(times, time => Assert.InRange(time, before - 1, before + 600));
        Assert.Matches(@"^events\.out\.tfevents\.\d{10}\.", Path.GetFileName(path));
    }

    [Fact]
    public void A_full_disk_costs_a_number_and_never_the_file()
    {
        using var fileSystem = SmallFileSystem.TryMount(folder.Path, "64k");
        Assert.SkipWhen(fileSystem is null, "Mounting a file system is not allowed here.");
        string path;
        using (var writer = new EventFileWriter(folder.Path))
        {
            path = writer.Path;
            writer.Scalar("before", 1, 1);
            File.WriteAllBytes(folder["filler"], new byte[56 << 10]);
            Assert.Throws<IOException>(() => writer.Scalar(new string('x', 8 << 10), 2, 2));
            File.Delete(folder["filler"]);
            writer.Scalar("after", 3, 3);
        }

        Assert.Equal([("before", 1L, 1f), ("after", 3L, 3f)], EventFile.Scalars(path));
    }
}
