using System.Text;

namespace Cass.Models;

/// <summary>What loading did with every tensor of the file and of the network.</summary>
public sealed record WeightLoadReport
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>What the names in the file begin with; empty for nothing.</summary>
    public required string Prefix { get; init; }

    /// <summary>The network's tensors that were loaded as they are in the file.</summary>
    public required IReadOnlyList<string> Loaded { get; init; }

    /// <summary>The network's tensors that were loaded after an adaptation.</summary>
    public required IReadOnlyList<WeightAdaptation> Adapted { get; init; }

    /// <summary>The network's classifier tensors that the file has in another size; they stay as they were.</summary>
    public required IReadOnlyList<string> Dropped { get; init; }

    /// <summary>The network's tensors that the file does not have; they stay as they were.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The file's names, below the prefix, that the network does not have.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>Number of the file's tensors that are not below the prefix: optimiser states, a second network.</summary>
    public required int Outside { get; init; }

    /// <summary>True where every tensor of the network was loaded as it is, and the file has no other below the prefix.</summary>
    public bool IsExact => Adapted.Count == 0 && IsComplete;

    /// <summary>
    /// True where every tensor of the network was loaded, adapted where need be, and the file has no other below the
    /// prefix. Where it is false, someone should look at the report: a trainer logs it as a warning.
    /// </summary>
    public bool IsComplete => Dropped.Count == 0 && Missing.Count == 0 && Unexpected.Count == 0;

    /// <summary>A summary in one line.</summary>
    /// <returns>Counts, and the names of what was not simply loaded.</returns>
    public override string ToString() => $"{Loaded.Count} tensors loaded from '{Path}'{Details()}";

    /// <summary>The same of a load that was refused.</summary>
    internal string WithoutLoading() => $"{Loaded.Count} tensors fit{Details()}";

    private string Details()
    {
        var text = new StringBuilder();
        if (Prefix.Length > 0)
        {
            text.Append($" below '{Prefix}'");
        }

        Append("adapted", [.. Adapted.Select(a => a.ToString())]);
        Append("classifier of another size, not loaded", Dropped);
        Append("missing in the file", Missing);
        Append("unexpected in the file", Unexpected);

        // A hostile file's names reach no log with their control characters.
        return new([.. text.ToString().Select(c => char.IsControl(c) ? '?' : c)]);

        void Append(string what, IReadOnlyList<string> names)
        {
            if (names.Count > 0)
            {
                text.Append($"; {what}: {string.Join("; ", names.Take(5))}{(names.Count > 5 ? $" and {names.Count - 5} more" : string.Empty)}");
            }
        }
    }
}
