using Cass.Tests.Data;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.ML;

namespace Cass.Tests.ML;

/// <summary>Image files of the four kinds of <see cref="TinyImage"/> as rows, and the smallest trainer for them.</summary>
internal static class TinyView
{
    public static IReadOnlyList<ImageRow> Rows(TemporaryFolder folder, int count, int firstSeed = 0) => [.. Enumerable.Range(firstSeed, count).Select(i =>
    {
        var path = TestImages.Save(folder[$"{i}.png"], new TinyImage(i % 4, i).Decode());
        var kind = TinyImage.Labels[i % 4];

        // Every fourth image has no finding, every fourth two.
        string[] findings = (i % 4) switch { 0 => [], 1 => ["rows"], 2 => ["columns"], _ => ["rows", "columns"] };
        return new ImageRow { Path = path, Bytes = File.ReadAllBytes(path), Kind = kind, Number = (i % 4) + 0.5f, Findings = findings };
    })];

    public static IDataView Of(MLContext context, IEnumerable<ImageRow> rows) => context.Data.LoadFromEnumerable(rows);

    public static void Configure(CassTrainerBuilder builder) => TinyTraining.Configure(builder);
}
