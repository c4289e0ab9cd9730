using MathNet.Numerics;

namespace Cass.Training.Benchmarks;

/// <summary>What a step, or an epoch, takes as one thing grows and all else stays.</summary>
/// <param name="Title">What is measured, and what stays.</param>
/// <param name="What">What grows.</param>
/// <param name="Points">What was measured, the least first.</param>
internal sealed record GrowthSeries(string Title, string What, IReadOnlyList<GrowthSeries.Point> Points)
{
    /// <summary>
    /// How seconds follow the work: the slope of their logarithm over that of the work, by least squares, of the upper half of the points, where what is the same
    /// for every step counts least. 1 where they grow as the work does; above 1 where they grow faster.
    /// </summary>
    public double ExponentOfTime => Slope(point => point.Milliseconds);

    /// <summary>The same for memory beyond that of the least work, which has what every process has.</summary>
    public double ExponentOfMemory => Slope(point => point.Megabytes - Points[0].Megabytes);

    private double Slope(Func<Point, double> of)
    {
        Point[] upper = [.. Points.Skip(Points.Count / 2).Where(point => of(point) > 0)];
        return upper.Length < 2 ? double.NaN : Fit.Line([.. upper.Select(point => Math.Log(point.Work))], [.. upper.Select(point => Math.Log(of(point)))]).B;
    }

    /// <param name="Value">What it was: images, or pixels of a side.</param>
    /// <param name="Work">What the work is in proportion to: images, or pixels of an image.</param>
    /// <param name="Milliseconds">Median time.</param>
    /// <param name="Megabytes">Peak memory of the process.</param>
    internal sealed record Point(int Value, double Work, double Milliseconds, double Megabytes);
}
