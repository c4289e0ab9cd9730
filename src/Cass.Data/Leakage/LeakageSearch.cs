using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Cass.Data;

/// <summary>Finds the connections of a <see cref="LeakageReport"/>.</summary>
internal sealed class LeakageSearch(IReadOnlyList<(string Name, ImageDataset Images)> parts, int maxDistance)
{
    private readonly Entry[] entries =
    [
        .. parts.SelectMany((part, number) => Enumerable.Range(0, part.Images.Count).Select(index => new Entry(number, index))),
    ];

    private readonly HashSet<(int, int)> connected = [];
    private readonly List<Leak> leaks = [];

    public LeakageReport Run(int workers, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(
                0,
                entries.Length,
                new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken },
                i => Describe(entries[i]));
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<CassException>().FirstOrDefault() is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }

        ConnectEqual(LeakageKind.SameBytes, e => e.Bytes);
        ConnectEqual(LeakageKind.SamePixels, e => e.Pixels);
        if (maxDistance >= 0)
        {
            ConnectNear(cancellationToken);
        }

        ConnectGroups();
        return new LeakageReport(
            [.. leaks.OrderBy(l => l.Kind).ThenBy(l => l.FirstImage, StringComparer.Ordinal).ThenBy(l => l.SecondImage, StringComparer.Ordinal)],
            entries.Length);
    }

    private void Describe(Entry entry)
    {
        var source = parts[entry.Part].Images.ImageAt(entry.Index);
        PixelImage image;
        if (source is IEncodedImageSource encoded)
        {
            var bytes = encoded.ReadBytes();
            entry.Bytes = XxHash128.HashToUInt128(bytes);
            image = ImageDecoder.Decode(bytes, source.Name, encoded.DecodingOptions);
        }
        else
        {
            image = source.Decode();
        }

        entry.Pixels = HashPixels(image);
        entry.Look = PerceptualHash.Compute(image);
    }

    /// <summary>A grey image and the same image as RGB have the same hash.</summary>
    private static UInt128 HashPixels(PixelImage image)
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes<int>([image.Width, image.Height]));
        if (image.Channels == 3 && ChannelLayout.IsGray(image.Pixels))
        {
            var gray = new byte[image.Width * image.Height];
            ChannelLayout.FirstOfThree(image.Pixels, gray);
            hash.Append(gray);
        }
        else
        {
            hash.Append(image.Pixels);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    private void ConnectEqual(LeakageKind kind, Func<Entry, UInt128?> hash)
    {
        foreach (var same in Enumerable.Range(0, entries.Length).Where(i => hash(entries[i]) is not null).GroupBy(i => hash(entries[i])))
        {
            int[] members = [.. same];
            for (var a = 0; a < members.Length; a++)
            {
                for (var b = a + 1; b < members.Length; b++)
                {
                    Connect(kind, members[a], members[b]);
                }
            }
        }
    }

    /// <summary>
    /// Hashes that differ in at most d bits agree in at least one of d + 1 bands of bits, so that only images with an
    /// equal band are compared.
    /// </summary>
    private void ConnectNear(CancellationToken cancellationToken)
    {
        var bands = maxDistance + 1;
        for (var band = 0; band < bands; band++)
        {
            var (from, to) = (64 * band / bands, 64 * (band + 1) / bands);
            var mask = to - from == 64 ? ulong.MaxValue : ((1UL << (to - from)) - 1) << from;
            foreach (var bucket in Enumerable.Range(0, entries.Length).GroupBy(i => entries[i].Look & mask))
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] members = [.. bucket];
                for (var a = 0; a < members.Length; a++)
                {
                    for (var b = a + 1; b < members.Length; b++)
                    {
                        if (BitOperations.PopCount(entries[members[a]].Look ^ entries[members[b]].Look) <= maxDistance)
                        {
                            Connect(LeakageKind.NearDuplicate, members[a], members[b]);
                        }
                    }
                }
            }
        }
    }

    private void ConnectGroups()
    {
        var grouped = Enumerable.Range(0, entries.Length)
            .Select(i => (Entry: i, Group: parts[entries[i].Part].Images.GroupOf(entries[i].Index)))
            .Where(pair => pair.Group is not null);
        foreach (var group in grouped.GroupBy(pair => pair.Group, StringComparer.Ordinal))
        {
            int[] firstOfParts = [.. group.GroupBy(pair => entries[pair.Entry].Part).Select(part => part.First().Entry)];
            for (var a = 0; a < firstOfParts.Length; a++)
            {
                for (var b = a + 1; b < firstOfParts.Length; b++)
                {
                    Connect(LeakageKind.SameGroup, firstOfParts[a], firstOfParts[b], repeat: true);
                }
            }
        }
    }

    private void Connect(LeakageKind kind, int a, int b, bool repeat = false)
    {
        var (first, second) = (entries[a], entries[b]);
        if (first.Part == second.Part || (!connected.Add((a, b)) && !repeat))
        {
            return;
        }

        leaks.Add(new Leak(
            kind,
            parts[first.Part].Name,
            parts[first.Part].Images.NameOf(first.Index),
            parts[second.Part].Name,
            parts[second.Part].Images.NameOf(second.Index),
            BitOperations.PopCount(first.Look ^ second.Look)));
    }

    private sealed class Entry(int part, int index)
    {
        public int Part { get; } = part;

        public int Index { get; } = index;

        public UInt128? Bytes { get; set; }

        public UInt128? Pixels { get; set; }

        public ulong Look { get; set; }
    }
}
