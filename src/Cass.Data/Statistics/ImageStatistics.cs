namespace Cass.Data;

/// <summary>What the pixels of a dataset look like: the histogram of each channel, and what follows from it.</summary>
public sealed class ImageStatistics
{
    private readonly long[][] histograms;

    private ImageStatistics(int images, long[][] histograms)
    {
        Images = images;
        this.histograms = histograms;
        var pixels = histograms[0].Sum();
        Pixels = pixels;
        double[] deviations = [.. histograms.Select(h => Std(h, pixels))];
        Channels = new ChannelStatistics(
            histograms.Select(h => Mean(h, pixels)),
            deviations.Select(std => std < ChannelStatistics.MinStd ? 1 : std));
        Warnings = [.. Enumerable.Range(0, deviations.Length).Where(c => deviations[c] < ChannelStatistics.MinStd).Select(Describe)];

        string Describe(int channel) =>
            $"{Capitalized(ChannelStatistics.NameOf(channel, deviations.Length))} is {(deviations[channel] > 0 ? "nearly " : string.Empty)}the same in all pixels of the {images:N0} image(s), {Channels.Mean[channel] * 255:0.##} of 255: the networks learn nothing from it. Its deviation counts as 1, so that it becomes {(deviations[channel] > 0 ? "nearly " : string.Empty)}0. If it should hold something, look at how the images were written.";
    }

    /// <summary>Number of images.</summary>
    public int Images { get; }

    /// <summary>Number of pixels of each channel, after resizing.</summary>
    public long Pixels { get; }

    /// <summary>
    /// Mean and standard deviation (population form) of the three channels over all pixels, in [0, 1]. The deviation of a
    /// channel that is the same everywhere, such as the blue of an image of two fluorophores, is 1 in place of 0, so that the
    /// channel becomes 0 and the others can be learnt from; <see cref="Warnings"/> names it.
    /// </summary>
    public ChannelStatistics Channels { get; }

    /// <summary>What is likely to be a mistake, a sentence each: channels that are the same, or nearly, in all pixels.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>How often each of the 256 levels of a channel comes up.</summary>
    /// <param name="channel">0 red, 1 green, 2 blue.</param>
    /// <returns>256 counts.</returns>
    public IReadOnlyList<long> HistogramOf(int channel) => histograms[channel];

    /// <summary>
    /// Measures a dataset, resized as the networks see it (bilinear, antialiased). Counts are whole numbers, so that the
    /// result is exact and does not depend on the order or the number of threads.
    /// </summary>
    /// <param name="images">The images, such as those to train on; at least one.</param>
    /// <param name="height">Height to resize to; 384 for the published figures.</param>
    /// <param name="width">Width to resize to; 384 for the published figures.</param>
    /// <param name="workers">Number of threads; null for <see cref="AvailableProcessors.Count"/>.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>The statistics.</returns>
    /// <exception cref="CassInputException">There is no image, or one cannot be read.</exception>
    public static ImageStatistics Measure(IReadOnlyList<IImageSource> images, int height, int width, int? workers = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        TransformArguments.CheckSize(height, width);
        if (images.Count == 0)
        {
            throw new CassInputException("There are no images to measure.");
        }

        var total = EmptyHistograms();
        try
        {
            Parallel.For(
                0,
                images.Count,
                new ParallelOptions { MaxDegreeOfParallelism = workers ?? AvailableProcessors.Count, CancellationToken = cancellationToken },
                EmptyHistograms,
                (i, _, counts) =>
                {
                    var resized = ImageResampling.Resize(SourceReading.Pixels(images[i]), height, width);
                    Count(resized, counts);
                    return counts;
                },
                counts =>
                {
                    lock (total)
                    {
                        Add(counts, total);
                    }
                });
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<CassException>().FirstOrDefault() is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }

        return new ImageStatistics(images.Count, total);
    }

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static long[][] EmptyHistograms() => [new long[256], new long[256], new long[256]];

    private static void Count(PixelImage image, long[][] counts)
    {
        var pixels = image.Pixels;
        if (image.Channels == 1)
        {
            var gray = new long[256];
            foreach (var value in pixels)
            {
                gray[value]++;
            }

            Add([gray, gray, gray], counts);
            return;
        }

        var (r, g, b) = (counts[0], counts[1], counts[2]);
        for (var i = 0; i + 2 < pixels.Length; i += 3)
        {
            r[pixels[i]]++;
            g[pixels[i + 1]]++;
            b[pixels[i + 2]]++;
        }
    }

    private static void Add(long[][] from, long[][] to)
    {
        for (var c = 0; c < 3; c++)
        {
            for (var v = 0; v < 256; v++)
            {
                to[c][v] += from[c][v];
            }
        }
    }

    private static double Mean(long[] histogram, long pixels)
    {
        var sum = 0.0;
        for (var v = 0; v < 256; v++)
        {
            sum += (double)histogram[v] * v;
        }

        return sum / pixels / 255.0;
    }

    private static double Std(long[] histogram, long pixels)
    {
        var mean = Mean(histogram, pixels) * 255.0;
        var sum = 0.0;
        for (var v = 0; v < 256; v++)
        {
            sum += histogram[v] * (v - mean) * (v - mean);
        }

        return Math.Sqrt(sum / pixels) / 255.0;
    }
}
