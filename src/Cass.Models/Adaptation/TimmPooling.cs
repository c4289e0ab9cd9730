namespace Cass.Models;

/// <summary>timm's names of <see cref="GlobalPooling"/>.</summary>
internal static class TimmPooling
{
    private static readonly (string Name, GlobalPooling Pooling)[] All =
    [
        ("avg", GlobalPooling.Average),
        ("max", GlobalPooling.Maximum),
        ("avgmax", GlobalPooling.AverageMaximum),
        ("catavgmax", GlobalPooling.ConcatenatedAverageMaximum),
        ("token", GlobalPooling.Token),
    ];

    public static GlobalPooling? Parse(string? name)
    {
        foreach (var (candidate, pooling) in All)
        {
            if (string.Equals(candidate, name, StringComparison.Ordinal))
            {
                return pooling;
            }
        }

        return null;
    }

    public static string NameOf(GlobalPooling pooling) => All.First(pair => pair.Pooling == pooling).Name;
}
