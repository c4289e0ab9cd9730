namespace Cass.Metrics;

internal static class ZeroDivisions
{
    public static double Value(this ZeroDivision zeroDivision) => zeroDivision switch
    {
        ZeroDivision.Zero => 0,
        ZeroDivision.One => 1,
        ZeroDivision.NaN => double.NaN,
        _ => throw new ArgumentOutOfRangeException(nameof(zeroDivision), zeroDivision, $"'{zeroDivision}' is not Zero, One or NaN."),
    };

    public static double Divide(this ZeroDivision zeroDivision, double numerator, double denominator) =>
        denominator == 0 ? zeroDivision.Value() : numerator / denominator;

    /// <summary>Weighted mean of the figures that are defined; the zero-division value where they weigh nothing.</summary>
    public static double Average(this ZeroDivision zeroDivision, IReadOnlyList<double> figures, Func<int, double> weightOf)
    {
        var sum = 0.0;
        var weights = 0.0;
        for (var i = 0; i < figures.Count; i++)
        {
            if (!double.IsNaN(figures[i]))
            {
                sum += weightOf(i) * figures[i];
                weights += weightOf(i);
            }
        }

        return zeroDivision.Divide(sum, weights);
    }
}
