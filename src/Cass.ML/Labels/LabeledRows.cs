using Cass.Data;
using Microsoft.ML;

namespace Cass.ML;

/// <summary>The images of a view, with their labels.</summary>
/// <param name="Labeled">Those that have a label; null where none has.</param>
/// <param name="All">All of them, in the order of the rows.</param>
internal sealed record LabeledRows(ImageDataset? Labeled, IReadOnlyList<IImageSource> All)
{
    public static LabeledRows Read(IDataView view, string imageColumn, LabelColumn labels, bool multiLabel, CancellationToken cancellationToken)
    {
        var builder = new ImageDatasetBuilder(labels.Labels, multiLabel);
        var all = new List<IImageSource>();
        using var cursor = view.GetRowCursor([view.Schema[imageColumn], view.Schema[labels.Name]]);
        var (readImage, readLabels) = (ImageColumnReader.Open(cursor, imageColumn), labels.Open(cursor));
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = readImage();
            all.Add(image);
            if (readLabels() is { } ids)
            {
                builder.Add(image, ids.Select(id => labels.Labels[id]));
            }
        }

        return new LabeledRows(builder.Count == 0 ? null : builder.Build(), all);
    }

    public static IReadOnlyList<IImageSource> ReadImages(IDataView view, string imageColumn, CancellationToken cancellationToken)
    {
        _ = ImageColumnKinds.Of(view.Schema, imageColumn);
        var images = new List<IImageSource>();
        using var cursor = view.GetRowCursor([view.Schema[imageColumn]]);
        var read = ImageColumnReader.Open(cursor, imageColumn);
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            images.Add(read());
        }

        return images;
    }
}
