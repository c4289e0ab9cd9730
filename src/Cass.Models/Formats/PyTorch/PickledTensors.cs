using System.Globalization;

namespace Cass.Models;

/// <summary>Finds the tensors in an unpickled object by name.</summary>
internal static class PickledTensors
{
    private const int MaxDepth = 16;
    private const int MaxNameLength = 512;

    /// <summary>
    /// The tensors in a dictionary and in those within it, in order; names are the keys joined by dots. Lists and tuples
    /// are not entered, and a dictionary that occurs twice is entered once, so the work is linear.
    /// </summary>
    /// <exception cref="FormatException">It is not a dictionary, or names become too long.</exception>
    public static IReadOnlyList<KeyValuePair<string, PickledTensor>> In(object? root, long fileLength)
    {
        if (root is not Dictionary<object, object?> dictionary)
        {
            throw NoTensors(root is PickleStandIn whole ? $"holds an object of the class {whole} in place of" : "holds something else than");
        }

        var found = new List<KeyValuePair<string, PickledTensor>>();
        long budget = Math.Max(1 << 20, fileLength);
        Collect(dictionary, string.Empty, 0, new HashSet<object>(ReferenceEqualityComparer.Instance), found, ref budget);
        if (found.Count == 0 && dictionary.FirstOrDefault(entry => entry.Value is PickleStandIn) is { Key: { } key, Value: { } value })
        {
            var text = key.ToString()!;
            throw NoTensors($"has no tensor in its dictionaries, and under '{(text.Length <= MaxNameLength ? text : text[..MaxNameLength])}' an object of {value} in place of");
        }

        return found;
    }

    private static FormatException NoTensors(string what) =>
        new($"{what} a dictionary of tensors; save the state dict with PyTorch, torch.save(model.state_dict(), path).");

    private static void Collect(
        Dictionary<object, object?> dictionary,
        string prefix,
        int depth,
        HashSet<object> entered,
        List<KeyValuePair<string, PickledTensor>> found,
        ref long budget)
    {
        if (depth == MaxDepth)
        {
            throw new FormatException($"has dictionaries nested more than {MaxDepth} deep.");
        }

        if (!entered.Add(dictionary))
        {
            return;
        }

        foreach (var (key, value) in dictionary)
        {
            if (value is not (PickledTensor or Dictionary<object, object?>))
            {
                continue;
            }

            var text = key is long number ? number.ToString(CultureInfo.InvariantCulture) : (string)key;
            budget -= prefix.Length + text.Length;
            if (prefix.Length + text.Length > MaxNameLength || budget < 0)
            {
                throw new FormatException("has names of tensors that are too long.");
            }

            if (value is PickledTensor tensor)
            {
                found.Add(new(prefix + text, tensor));
            }
            else
            {
                Collect((Dictionary<object, object?>)value, $"{prefix}{text}.", depth + 1, entered, found, ref budget);
            }
        }
    }
}
