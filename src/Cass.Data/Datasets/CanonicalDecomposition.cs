using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Cass.Data;

/// <summary>
/// Unicode's canonical decomposition (NFD), by which two spellings of one text are found to be equal.
/// <see cref="string.Normalize()"/> leaves text as it is where globalization is invariant, as it often is in containers.
/// </summary>
internal static class CanonicalDecomposition
{
    private const int FirstSyllable = 0xAC00;
    private const int Syllables = 11172;
    private const int Vowels = 21;
    private const int Trails = 28;

    private static readonly Lazy<Tables> Unicode = new(Read);

    /// <summary>Decomposes a text whole, with the marks on a letter in the order of their combining classes.</summary>
    public static string Of(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var result = new StringBuilder(text.Length * 2);
        var marks = new List<Rune>();
        foreach (var rune in Decompose(text))
        {
            if (ClassOf(rune) > 0)
            {
                marks.Add(rune);
                continue;
            }

            AppendMarks();
            result.Append(rune.ToString());
        }

        AppendMarks();
        return result.ToString();

        void AppendMarks()
        {
            foreach (var mark in marks.OrderBy(ClassOf))
            {
                result.Append(mark.ToString());
            }

            marks.Clear();
        }
    }

    private static IEnumerable<Rune> Decompose(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            var syllable = rune.Value - FirstSyllable;
            if (syllable is >= 0 and < Syllables)
            {
                // The Unicode Standard, section 3.12.
                yield return new Rune(0x1100 + (syllable / (Vowels * Trails)));
                yield return new Rune(0x1161 + (syllable % (Vowels * Trails) / Trails));
                if (syllable % Trails > 0)
                {
                    yield return new Rune(0x11A7 + (syllable % Trails));
                }
            }
            else if (Unicode.Value.Parts.TryGetValue(rune.Value, out var parts))
            {
                foreach (var part in Decompose(parts))
                {
                    yield return part;
                }
            }
            else
            {
                yield return rune;
            }
        }
    }

    private static int ClassOf(Rune rune) => Unicode.Value.Classes.GetValueOrDefault(rune.Value);

    private static Tables Read()
    {
        using var reader = new StreamReader(typeof(CanonicalDecomposition).Assembly.GetManifestResourceStream("canonical-decompositions.txt")!);
        var (parts, classes) = (new Dictionary<int, string>(), new Dictionary<int, int>());
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var fields = line.Split(' ');
            if (fields[0].Split("..") is [var first, var last])
            {
                for (var mark = Number(first); mark <= Number(last); mark++)
                {
                    classes.Add(mark, int.Parse(fields[1], CultureInfo.InvariantCulture));
                }
            }
            else
            {
                parts.Add(Number(fields[0]), string.Concat(fields.Skip(1).Select(part => char.ConvertFromUtf32(Number(part)))));
            }
        }

        return new Tables(parts.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Tables(FrozenDictionary<int, string> Parts, FrozenDictionary<int, int> Classes);
}
