using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cass.Data;

/// <summary>
/// Remembers of images what duplicates are found by (hashes of bytes, pixels and looks), so that several searches read
/// and decode each image once. Thread-safe.
/// </summary>
/// <remarks>
/// A file is known by its path, size and time of change, and read anew when they change; other images by their instance.
/// It takes about 200 bytes for an image, and keeps no pixels.
/// </remarks>
public sealed class ImageFingerprints
{
    private readonly ConcurrentDictionary<UInt128, ImageFingerprint> files = new();
    private readonly ConditionalWeakTable<IImageSource, ImageFingerprint> others = [];

    /// <summary>Decodes every image that is not known yet, once: searches are quick afterwards, and a broken image is found now.</summary>
    /// <param name="images">The images.</param>
    /// <param name="workers">Number of threads; null for <see cref="AvailableProcessors.Count"/>.</param>
    /// <param name="progress">Told how many images are done, after each; from several threads, one at a time.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="CassInputException">An image cannot be read; the message names it.</exception>
    public void Read(IReadOnlyList<IImageSource> images, int? workers = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        Describe(images, new DuplicateSearchOptions { Workers = workers }, progress, cancellationToken);
    }

    /// <summary>The fingerprints of images, in their order, as complete as the depth of a search needs.</summary>
    internal ImageFingerprint[] Describe(IReadOnlyList<IImageSource> images, DuplicateSearchOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        options.Check();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers ?? AvailableProcessors.Count, CancellationToken = cancellationToken };
        var meter = new Meter(progress);
        var prints = new ImageFingerprint[images.Count];
        if (options.Depth != DuplicateDepth.Bytes)
        {
            ForEach(Enumerable.Range(0, images.Count), i => prints[i] = Complete(images[i], decode: true));
            return prints;
        }

        // Files of a size of their own have no copies; they are not even opened.
        Run(() => Parallel.For(0, images.Count, parallel, i => prints[i] = Measure(images[i])));
        var ofLength = prints.Where(print => print.Length is not null).CountBy(print => print.Length!.Value).ToDictionary();
        var alone = Enumerable.Range(0, images.Count).ToLookup(i => prints[i].Length is { } length && ofLength[length] == 1);
        meter.Advance(alone[true].Count());
        ForEach(alone[false], i => prints[i] = Complete(images[i], decode: prints[i].Length is null));
        return prints;

        void ForEach(IEnumerable<int> indices, Action<int> read) => Run(() => Parallel.ForEach(indices, parallel, i =>
        {
            read(i);
            meter.Advance(1);
        }));
    }

    private ImageFingerprint Measure(IImageSource source) => source switch
    {
        ImageFile file when file.Info() is var info => files.TryGetValue(KeyOf(file, info), out var known) ? known : new ImageFingerprint { Length = info.Length },
        IEncodedImageSource encoded => others.TryGetValue(source, out var known) ? known : new ImageFingerprint { Length = encoded.Length },
        _ => others.TryGetValue(source, out var known) ? known : new ImageFingerprint(),
    };

    private ImageFingerprint Complete(IImageSource source, bool decode)
    {
        if (source is not ImageFile file)
        {
            var former = others.TryGetValue(source, out var known) ? known : new ImageFingerprint();
            var complete = former.Complete(source, decode);
            if (!ReferenceEquals(complete, former))
            {
                others.AddOrUpdate(source, complete);
            }

            return complete;
        }

        var key = KeyOf(file, file.Info());
        var before = files.GetValueOrDefault(key) ?? new ImageFingerprint();
        var print = before.Complete(source, decode);
        if (!ReferenceEquals(print, before))
        {
            files[key] = print;
        }

        return print;
    }

    private static UInt128 KeyOf(ImageFile file, FileInfo info)
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes(file.Path.AsSpan()));
        hash.Append(MemoryMarshal.AsBytes<long>([info.Length, info.LastWriteTimeUtc.Ticks]));
        hash.Append(Encoding.UTF8.GetBytes(file.DecodingOptions.CacheKey));
        return hash.GetCurrentHashAsUInt128();
    }

    private static void Run(Action work)
    {
        try
        {
            work();
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<CassException>().FirstOrDefault() is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    private sealed class Meter(IProgress<int>? progress)
    {
        private readonly Lock gate = new();
        private int done;

        public void Advance(int images)
        {
            if (progress is null || images == 0)
            {
                return;
            }

            lock (gate)
            {
                done += images;
                progress.Report(done);
            }
        }
    }
}
