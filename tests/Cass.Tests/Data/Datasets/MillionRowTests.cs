using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Datasets;

public sealed class MillionRowTests
{
    [Fact]
    public void A_million_rows_are_read_split_and_shuffled_in_little_memory()
    {
        const int Rows = 1_000_000;
        using var folder = new TemporaryFolder();
        using (var writer = new StreamWriter(folder["manifest.csv"]))
        {
            writer.Write(",path,target,patient\n");
            for (var i = 0; i < Rows; i++)
            {
                writer.Write($"{i},Training/class-{i % 4}/image-{i:0000000}.jpg,class-{i % 4},patient-{i / 5}\n");
            }
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var dataset = CsvManifest.Read(folder["manifest.csv"], new CsvManifestOptions { CheckFiles = false, GroupColumn = "patient" });
        var (train, test) = dataset.Split();
        using var loader = new ImageLoader(dataset, CassTransforms.Validation(8, 8), new ImageLoaderOptions { Shuffle = true });
        var order = loader.OrderOf(1);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 200_000_000);
        Assert.Equal((Rows, 800_000, 200_000), (dataset.Count, train.Count, test.Count));
        Assert.Equal([250_000, 250_000, 250_000, 250_000], dataset.ClassCounts);
        foreach (var i in (int[])[0, 1, 77_777, 999_999])
        {
            Assert.Equal(folder[$"Training/class-{i % 4}/image-{i:0000000}.jpg"], dataset.NameOf(i));
            Assert.Equal($"class-{i % 4}", dataset.Labels[dataset.LabelsOf(i)[0]]);
            Assert.Equal($"patient-{i / 5}", dataset.GroupOf(i));
        }

        var seen = new bool[Rows];
        foreach (var index in order)
        {
            Assert.False(seen[index]);
            seen[index] = true;
        }

        Assert.Equal(Rows, order.Count);
    }
}
