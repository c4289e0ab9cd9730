namespace Cass.Data;

/// <summary>Compares the images of one or several parts, and keeps which belong together.</summary>
internal sealed class DuplicateSearch
{
    private readonly IReadOnlyList<(string Name, ImageDataset Images)> parts;
    private readonly DuplicateSearchOptions options;
    private readonly PartedImages all;
    private readonly ImageGroups bytes;
    private readonly ImageGroups pixels;
    private readonly ImageGroups looks;
    private readonly ulong[] hashes;

    public DuplicateSearch(
        IReadOnlyList<(string Name, ImageDataset Images)> parts,
        DuplicateSearchOptions options,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        options.Check();
        this.parts = parts;
        this.options = options;
        all = new PartedImages(parts);
        var prints = (options.Fingerprints ?? new ImageFingerprints()).Describe(all, options, progress, cancellationToken);
        var comparesLooks = options.Depth == DuplicateDepth.Looks;
        bytes = ImageGroups.By(prints.Length, i => prints[i].Bytes);
        pixels = ImageGroups.By(prints.Length, i => prints[i].Pixels);
        looks = ImageGroups.By(prints.Length, i => comparesLooks ? prints[i].Look : (ulong?)null);
        hashes = [.. Enumerable.Range(0, looks.Count).Select(group => prints[looks[group][0]].Look)];
        Equal = ImageGroups.Components(prints.Length, [bytes, pixels], []);
    }

    /// <summary>Number of images of all parts, which are numbered part after part.</summary>
    public int Images => all.Count;

    /// <summary>Images that equal each other, byte for byte or pixel for pixel.</summary>
    public ImageGroups Equal { get; }

    /// <summary>The number that a part's images start with; for the number of parts, where the last ends.</summary>
    public int StartOf(int part) => all.StartOf(part);

    /// <summary>The part of an image, and its position there.</summary>
    public (int Part, int Index) PlaceOf(int image) => all.PlaceOf(image);

    /// <summary>Images that a chain of duplicates joins, and the groups of the datasets where they have some.</summary>
    public ImageGroups Clusters(CancellationToken cancellationToken)
    {
        var groups = GroupsOfDatasets();
        return ImageGroups.Components(Images, [Equal, looks, groups], NearPairs(cancellationToken).Select(pair => (looks[pair.First][0], looks[pair.Second][0])));
    }

    /// <summary>
    /// For each part, what connects each image of a later part most with one of its images; null for an image that
    /// nothing connects, and for those of the part itself and of earlier ones.
    /// </summary>
    public DuplicateMatch?[][] Matches(CancellationToken cancellationToken)
    {
        var (sameBytes, samePixels, nearest) = (FirstOfParts(bytes), FirstOfParts(pixels), NearestOfParts(cancellationToken));
        var matches = new DuplicateMatch?[parts.Count][];
        for (var part = 0; part < parts.Count; part++)
        {
            matches[part] = new DuplicateMatch?[Images];
            for (var image = StartOf(part + 1); image < Images; image++)
            {
                matches[part][image] = Of(bytes, sameBytes, image, part) is >= 0 and var equal ? Match(LeakageKind.SameBytes, image, equal, 0)
                    : Of(pixels, samePixels, image, part) is >= 0 and var alike ? Match(LeakageKind.SamePixels, image, alike, 0)
                    : looks.GroupOf[image] is >= 0 and var look && nearest[(look * parts.Count) + part] is (var distance, >= 0 and var near) ? Match(LeakageKind.NearDuplicate, image, near, distance)
                    : null;
            }
        }

        return matches;

        int Of(ImageGroups groups, int[] firsts, int image, int part) => groups.GroupOf[image] is >= 0 and var group ? firsts[(group * parts.Count) + part] : -1;

        DuplicateMatch Match(LeakageKind kind, int image, int other, int distance) =>
            new(PlaceOf(image).Index, kind, parts[PlaceOf(other).Part].Name, PlaceOf(other).Index, distance);
    }

    /// <summary>
    /// Every pair of images of different parts that something connects, under the strongest connection; for groups, one
    /// pair for each group and pair of parts.
    /// </summary>
    public IEnumerable<(LeakageKind Kind, int First, int Second, int Distance)> Pairs()
    {
        foreach (var (kind, groups) in ((LeakageKind, ImageGroups)[])[(LeakageKind.SameBytes, bytes), (LeakageKind.SamePixels, pixels), (LeakageKind.NearDuplicate, looks)])
        {
            for (var group = 0; group < groups.Count; group++)
            {
                var members = groups[group].ToArray();
                foreach (var (first, second) in Across(members, members))
                {
                    if (!IsConnected(kind, first, second))
                    {
                        yield return (kind, first, second, 0);
                    }
                }
            }
        }

        foreach (var (one, other, distance) in NearPairs(CancellationToken.None))
        {
            var (some, others) = (looks[one].ToArray(), looks[other].ToArray());
            foreach (var (first, second) in Across(some, others).Concat(Across(others, some)))
            {
                if (!IsConnected(LeakageKind.NearDuplicate, first, second))
                {
                    yield return (LeakageKind.NearDuplicate, first, second, distance);
                }
            }
        }

        var named = GroupsOfDatasets();
        for (var group = 0; group < named.Count; group++)
        {
            int[] firsts = [.. named[group].ToArray().DistinctBy(image => PlaceOf(image).Part)];
            foreach (var (first, second) in Across(firsts, firsts))
            {
                yield return (LeakageKind.SameGroup, first, second, Distance(first, second));
            }
        }
    }

    private IEnumerable<(int First, int Second, int Distance)> NearPairs(CancellationToken cancellationToken) =>
        NearHashes.Pairs(hashes, options.MaxDistance, cancellationToken);

    private ImageGroups GroupsOfDatasets() => ImageGroups.ByName(Images, i =>
    {
        var (part, index) = PlaceOf(i);
        return parts[part].Images.GroupOf(index);
    });

    /// <summary>The first image that each group has in each part; −1 where it has none.</summary>
    private int[] FirstOfParts(ImageGroups groups)
    {
        var firsts = new int[groups.Count * parts.Count];
        Array.Fill(firsts, -1);
        for (var image = Images - 1; image >= 0; image--)
        {
            if (groups.GroupOf[image] is >= 0 and var group)
            {
                firsts[(group * parts.Count) + PlaceOf(image).Part] = image;
            }
        }

        return firsts;
    }

    /// <summary>For each look, the image of each part that looks most like it; −1 where none does.</summary>
    private (int Distance, int Image)[] NearestOfParts(CancellationToken cancellationToken)
    {
        var firsts = FirstOfParts(looks);
        (int Distance, int Image)[] nearest = [.. firsts.Select(image => (image < 0 ? int.MaxValue : 0, image))];
        foreach (var (one, other, distance) in NearPairs(cancellationToken))
        {
            for (var part = 0; part < parts.Count; part++)
            {
                Offer(one, other, part, distance);
                Offer(other, one, part, distance);
            }
        }

        return nearest;

        void Offer(int look, int from, int part, int distance)
        {
            var image = firsts[(from * parts.Count) + part];
            ref var best = ref nearest[(look * parts.Count) + part];
            if (image >= 0 && (distance, image).CompareTo(best) < 0)
            {
                best = (distance, image);
            }
        }
    }

    /// <summary>Pairs of images of different parts, the image of the earlier part first; each once. Both lists are ascending.</summary>
    private IEnumerable<(int First, int Second)> Across(int[] some, int[] others)
    {
        foreach (var first in some)
        {
            // Images of a part follow one another, so that those of later parts are behind where it ends.
            var later = Array.BinarySearch(others, StartOf(PlaceOf(first).Part + 1));
            for (var b = later < 0 ? ~later : later; b < others.Length; b++)
            {
                yield return (first, others[b]);
            }
        }
    }

    /// <summary>Whether something stronger than a kind connects two images.</summary>
    private bool IsConnected(LeakageKind kind, int first, int second) =>
        (kind > LeakageKind.SameBytes && Share(bytes, first, second)) || (kind > LeakageKind.SamePixels && Share(pixels, first, second));

    private static bool Share(ImageGroups groups, int first, int second) => groups.GroupOf[first] >= 0 && groups.GroupOf[first] == groups.GroupOf[second];

    private int Distance(int first, int second) =>
        looks.GroupOf[first] < 0 || looks.GroupOf[second] < 0 ? 0 : System.Numerics.BitOperations.PopCount(hashes[looks.GroupOf[first]] ^ hashes[looks.GroupOf[second]]);
}
