namespace Cass.Metrics;

/// <summary>
/// Whether one way of training is better than another, by runs that are paired: with the same seed, fold or data set. The
/// sign-flip (paired permutation) test of the mean difference.
/// </summary>
/// <remarks>
/// <para>If the two were equally good, each difference could as well have the other sign. The p-value is the share of all
/// 2ⁿ assignments of signs whose mean is at least as far from 0. It assumes nothing of how differences are distributed but
/// that. With n runs it cannot be below 2/2ⁿ (<see cref="SmallestPValue"/>): five seeds never reach 0.05, six can.</para>
/// <para>It is about runs. Whether two trained models differ on the images at hand is another question, which
/// <see cref="PairedComparison"/> answers.</para>
/// <para>Source: Fisher 1935, <em>The Design of Experiments</em>, section 21; Good 2005, <em>Permutation, Parametric and
/// Bootstrap Tests of Hypotheses</em>, section 3.7.</para>
/// </remarks>
/// <param name="Runs">Number of paired runs.</param>
/// <param name="MeanDifference">Mean of the differences, first less second.</param>
/// <param name="PValue">Two-sided p-value, above 0 and at most 1.</param>
/// <param name="IsExact">Whether all assignments of signs were tried; else a sample of them, as <see cref="BootstrapOptions"/> says.</param>
/// <example><code>
/// var test = SignFlipTest.Of([0.031, 0.024, 0.040, 0.018, 0.029, 0.035]);   // F1 with less F1 without, by seed
/// Console.WriteLine($"{test.MeanDifference:+0.000}, p = {test.PValue:0.000}");   // +0.030, p = 0.031
/// </code></example>
public sealed record SignFlipTest(int Runs, double MeanDifference, double PValue, bool IsExact)
{
    private const int MostExactRuns = 20;

    // Sums in another order differ by rounding; they still are equally extreme.
    private const double Rounding = 1e-12;

    /// <summary>Tests differences of paired runs.</summary>
    /// <param name="differences">For each pair of runs the first figure less the second; finite, at least two.</param>
    /// <param name="options">
    /// Resamples and seed, used for more than 20 runs alone, for which p is (1 + as extreme) / (1 + tried); the defaults where null.
    /// </param>
    /// <returns>The test.</returns>
    /// <exception cref="ArgumentException">A difference is infinite or not a number.</exception>
    /// <exception cref="CassInputException">There are fewer than two differences.</exception>
    public static SignFlipTest Of(IReadOnlyList<double> differences, BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(differences);
        options ??= new BootstrapOptions();
        options.Validate();
        if (differences.Count < 2)
        {
            throw new CassInputException($"{differences.Count} difference{(differences.Count == 1 ? string.Empty : "s")} cannot be tested; there must be at least 2 paired runs.");
        }

        for (var i = 0; i < differences.Count; i++)
        {
            if (!double.IsFinite(differences[i]))
            {
                throw new ArgumentException($"Difference {i} is {differences[i]}; all must be finite numbers.", nameof(differences));
            }
        }

        var sum = differences.Sum();
        var limit = Math.Abs(sum) - (Rounding * differences.Sum(Math.Abs));
        var exact = differences.Count <= MostExactRuns;
        var pValue = exact ? Exact(differences, limit) : Sampled(differences, limit, options);
        return new SignFlipTest(differences.Count, sum / differences.Count, pValue, exact);
    }

    /// <summary>The smallest p-value that a number of runs can give: 2/2ⁿ.</summary>
    /// <param name="runs">Number of paired runs, at least 1.</param>
    /// <returns>The p-value where all differences have one sign.</returns>
    public static double SmallestPValue(int runs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        return Math.Pow(2, 1 - runs);
    }

    private static double Exact(IReadOnlyList<double> differences, double limit)
    {
        // The first sign stays: the other half of the assignments has the same sums, negated.
        var assignments = 1 << (differences.Count - 1);
        var extreme = 0;
        for (var signs = 0; signs < assignments; signs++)
        {
            var sum = differences[0];
            for (var i = 1; i < differences.Count; i++)
            {
                sum += (signs >> (i - 1) & 1) == 0 ? differences[i] : -differences[i];
            }

            extreme += Math.Abs(sum) >= limit ? 1 : 0;
        }

        return extreme / (double)assignments;
    }

    private static double Sampled(IReadOnlyList<double> differences, double limit, BootstrapOptions options)
    {
        var random = new MathNet.Numerics.Random.MersenneTwister(options.Seed, threadSafe: false);
        var extreme = 0;
        for (var i = 0; i < options.Resamples; i++)
        {
            var sum = 0.0;
            foreach (var difference in differences)
            {
                sum += random.Next(2) == 0 ? difference : -difference;
            }

            extreme += Math.Abs(sum) >= limit ? 1 : 0;
        }

        return (1.0 + extreme) / (1.0 + options.Resamples);
    }
}
