namespace Cass.Explain;

/// <summary>
/// The class that is explained: by its name, by its number, or the most probable one, which is the default. Strings and whole numbers
/// are converted to it.
/// </summary>
public readonly record struct TargetClass
{
    private readonly string? name;
    private readonly int? id;

    private TargetClass(string? name, int? id) => (this.name, this.id) = (name, id);

    /// <summary>The most probable class.</summary>
    public static TargetClass MostProbable => default;

    /// <summary>A class by its name.</summary>
    /// <param name="name">The name; case matters.</param>
    public static implicit operator TargetClass(string name) => FromString(name);

    /// <summary>A class by its number.</summary>
    /// <param name="id">The number, from 0.</param>
    public static implicit operator TargetClass(int id) => FromInt32(id);

    /// <summary>A class by its name.</summary>
    /// <param name="name">The name; case matters.</param>
    /// <returns>The class.</returns>
    public static TargetClass FromString(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new TargetClass(name, null);
    }

    /// <summary>A class by its number.</summary>
    /// <param name="id">The number, from 0.</param>
    /// <returns>The class.</returns>
    public static TargetClass FromInt32(int id) => new(null, id);

    /// <inheritdoc/>
    public override string ToString() => name ?? id?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "the most probable class";

    /// <summary>The class's number among some classes.</summary>
    /// <exception cref="CassInputException">There is no such class; the message lists those there are.</exception>
    internal int IdIn(LabelMap labels, Prediction prediction)
    {
        if (id is not { } number)
        {
            return labels.IdOf(name ?? prediction.Label);
        }

        return number >= 0 && number < labels.Count
            ? number
            : throw new CassInputException($"There is no class {number}; the classes are {string.Join(", ", labels.Names.Select((label, i) => $"{i} ({label})"))}.");
    }
}
