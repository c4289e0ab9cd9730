namespace Cass.Data;

/// <summary>Images that have something in common, such as a hash: the number of the group of each, and the members of each.</summary>
internal sealed class ImageGroups
{
    private readonly int[] starts;
    private readonly int[] members;

    private ImageGroups(int[] groupOf, int count)
    {
        GroupOf = groupOf;
        starts = new int[count + 1];
        foreach (var group in groupOf)
        {
            if (group >= 0)
            {
                starts[group + 1]++;
            }
        }

        for (var group = 0; group < count; group++)
        {
            starts[group + 1] += starts[group];
        }

        members = new int[starts[count]];
        var next = starts[..count];
        for (var image = 0; image < groupOf.Length; image++)
        {
            if (groupOf[image] is >= 0 and var group)
            {
                members[next[group]++] = image;
            }
        }
    }

    /// <summary>Number of groups; they are numbered by their first member.</summary>
    public int Count => starts.Length - 1;

    /// <summary>The group of each image; −1 for an image that has none.</summary>
    public int[] GroupOf { get; }

    /// <summary>Images of a group, ascending.</summary>
    public ReadOnlySpan<int> this[int group] => members.AsSpan(starts[group]..starts[group + 1]);

    /// <summary>Groups images by a key; those whose key is null belong to none.</summary>
    public static ImageGroups By<T>(int images, Func<int, T?> key)
        where T : struct => By(images, i => key(i) is { } value ? (true, value) : (false, default), comparer: null);

    /// <summary>Groups images by a name; those without one belong to none.</summary>
    public static ImageGroups ByName(int images, Func<int, string?> name) =>
        By(images, i => name(i) is { } value ? (true, value) : (false, string.Empty), StringComparer.Ordinal);

    /// <summary>The connected components of groups: images that a chain of common groups and further pairs of images joins.</summary>
    public static ImageGroups Components(int images, IReadOnlyList<ImageGroups> groupings, IEnumerable<(int First, int Second)> pairs)
    {
        var parent = new int[images];
        for (var i = 0; i < images; i++)
        {
            parent[i] = i;
        }

        foreach (var grouping in groupings)
        {
            for (var group = 0; group < grouping.Count; group++)
            {
                foreach (var member in grouping[group])
                {
                    Join(grouping[group][0], member);
                }
            }
        }

        foreach (var (first, second) in pairs)
        {
            Join(first, second);
        }

        return By(images, i => (int?)Root(i));

        int Root(int image)
        {
            while (parent[image] != image)
            {
                parent[image] = parent[parent[image]];
                image = parent[image];
            }

            return image;
        }

        void Join(int first, int second)
        {
            var (a, b) = (Root(first), Root(second));
            parent[Math.Max(a, b)] = Math.Min(a, b);
        }
    }

    private static ImageGroups By<T>(int images, Func<int, (bool Exists, T Value)> key, IEqualityComparer<T>? comparer)
        where T : notnull
    {
        var ids = new Dictionary<T, int>(comparer);
        var groupOf = new int[images];
        for (var i = 0; i < images; i++)
        {
            var (exists, value) = key(i);
            if (!exists)
            {
                groupOf[i] = -1;
            }
            else if (!ids.TryGetValue(value, out groupOf[i]))
            {
                groupOf[i] = ids.Count;
                ids.Add(value, ids.Count);
            }
        }

        return new ImageGroups(groupOf, ids.Count);
    }
}
