using System.Collections;

namespace Cass.Training;

/// <summary>A row of a confusion matrix that keeps the counts above 0 alone, so that a thousand classes take no million numbers.</summary>
/// <param name="classes">Length of the row.</param>
/// <param name="counts">Its counts above 0, by class in rising order.</param>
internal sealed class ConfusionRow(int classes, IReadOnlyList<(int Class, int Images)> counts) : IReadOnlyList<int>
{
    private readonly int[] columns = [.. counts.Select(cell => cell.Class)];

    public int Count => classes;

    /// <summary>Its counts above 0.</summary>
    public IReadOnlyList<(int Class, int Images)> Counts => counts;

    public int this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, classes);
            var place = Array.BinarySearch(columns, index);
            return place < 0 ? 0 : counts[place].Images;
        }
    }

    public IEnumerator<int> GetEnumerator()
    {
        var next = 0;
        for (var column = 0; column < classes; column++)
        {
            yield return next < columns.Length && columns[next] == column ? counts[next++].Images : 0;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
