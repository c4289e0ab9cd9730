using System.Globalization;

namespace Cass.Training;

/// <summary>What checks of a plan have found, gathered so that it can be put right at once.</summary>
internal sealed class PlanFindings(SettingNames names)
{
    private readonly List<string> problems = [];
    private readonly List<string> warnings = [];

    /// <summary>How messages spell settings.</summary>
    public SettingNames Names => names;

    /// <summary>What can be trained but is likely not what is wanted.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    public void Problem(string sentence) => problems.Add(sentence);

    public void Warning(string sentence) => warnings.Add(sentence);

    /// <exception cref="CassInputException">Something stands in the way of the plan; all of it is named.</exception>
    public void ThrowIfAny()
    {
        if (problems.Count > 0)
        {
            throw new CassInputException(string.Join(" ", problems));
        }
    }

    /// <summary>The ways out that there are, as a sentence.</summary>
    public static string Sentence(params IReadOnlyList<string?> ways)
    {
        var text = string.Join(", or ", ways.OfType<string>());
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }

    public static string Number(double value) => value.ToString("0.########", CultureInfo.InvariantCulture);
}
