using System.Collections.Frozen;

namespace Cass;

/// <summary>
/// The classes of a dataset in the order of their ids. It travels with the data, the class weights and the model,
/// so that no number is ever read under another's numbering. Immutable.
/// </summary>
public sealed class LabelMap : IEquatable<LabelMap>
{
    private readonly FrozenDictionary<string, int> ids;

    /// <summary>Numbers the classes in the order given, from 0.</summary>
    /// <param name="names">Class names; distinct, none empty. Case matters.</param>
    /// <exception cref="ArgumentException">There is no name, an empty one, or one twice.</exception>
    public LabelMap(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Names = [.. names];
        if (Names.Count == 0)
        {
            throw new ArgumentException("A label map needs at least one class.", nameof(names));
        }

        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < Names.Count; id++)
        {
            if (string.IsNullOrWhiteSpace(Names[id]))
            {
                throw new ArgumentException($"Class {id} has an empty name.", nameof(names));
            }

            if (!seen.TryAdd(Names[id], id))
            {
                throw new ArgumentException($"The class '{Names[id]}' is named twice, as {seen[Names[id]]} and as {id}.", nameof(names));
            }
        }

        ids = seen.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// The published numbering of the brain tumour MRI classes: glioma 0, pituitary 1, notumor 2, meningioma 3.
    /// </summary>
    public static LabelMap BrainTumorMri { get; } = new(["glioma", "pituitary", "notumor", "meningioma"]);

    /// <summary>Class names; the position is the id.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of classes.</summary>
    public int Count => Names.Count;

    /// <summary>The name of a class.</summary>
    /// <param name="id">Its id, from 0 to <see cref="Count"/> − 1.</param>
    public string this[int id] => Names[id];

    /// <summary>Looks up the id of a class.</summary>
    /// <param name="name">The class's name; case matters.</param>
    /// <param name="id">The id, where there is such a class.</param>
    /// <returns>Whether there is.</returns>
    public bool TryGetId(string name, out int id) => ids.TryGetValue(name, out id);

    /// <summary>The id of a class.</summary>
    /// <param name="name">The class's name; case matters.</param>
    /// <returns>Its id, from 0.</returns>
    /// <exception cref="CassInputException">There is no such class; the message lists the classes there are.</exception>
    public int IdOf(string name) => TryGetId(name, out var id)
        ? id
        : throw new CassInputException($"Unknown class '{name}'{NearestNames.Suggest(name, Names)}; the classes are {string.Join(", ", Names)}.");

    /// <inheritdoc/>
    public bool Equals(LabelMap? other) => other is not null && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelMap);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var name in Names)
        {
            hash.Add(name, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Names);
}
