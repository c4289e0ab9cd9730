using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>How a set of embeddings is spread out: what tells a learned representation from a collapsed one.</summary>
public sealed record EmbeddingStatistics
{
    // RankMe's own ε, added to every normalised singular value.
    private const double RankEpsilon = 1e-7;
    private const double UniformityScale = 2;
    private const double SmallestNorm = 1e-12;

    /// <summary>Number of embeddings.</summary>
    public required int Samples { get; init; }

    /// <summary>Length of an embedding.</summary>
    public required int Dimensions { get; init; }

    /// <summary>
    /// Standard deviation of each dimension over the samples, after scaling every embedding to length 1; with n − 1 in
    /// the denominator. All 0 where embeddings are equal.
    /// </summary>
    public required IReadOnlyList<double> StandardDeviations { get; init; }

    /// <summary>
    /// Mean of <see cref="StandardDeviations"/> times √dimensions: about 1 where directions are spread over the whole
    /// sphere, 0 where embeddings are equal. Chen and He 2021 (arXiv 2011.10566), section 4.1, follow it as std.
    /// </summary>
    public required double Spread { get; init; }

    /// <summary>
    /// Effective rank of the matrix of embeddings, RankMe: exp of the entropy of its normalised singular values. From 1
    /// to the smaller of samples and dimensions. Garrido et al. 2023 (arXiv 2210.02885), eq. 1.
    /// </summary>
    public required double EffectiveRank { get; init; }

    /// <summary>
    /// Uniformity on the unit sphere: log of the mean of e^(−2·‖x̂ − ŷ‖²) over all pairs. From −8 (pairs opposite) to 0
    /// (all equal); lower is more uniform, about −4 for directions drawn at random. Wang and Isola 2020
    /// (arXiv 2005.10242), section 4.1.2, with t = 2.
    /// </summary>
    public required double Uniformity { get; init; }

    /// <summary>
    /// Share of the variance of the directions that lies along their first principal component, from 1/rank to 1. It is
    /// 1 where there is no variance at all.
    /// </summary>
    public required double TopComponentShare { get; init; }

    /// <summary>Measures a batch of embeddings.</summary>
    /// <param name="embeddings">Float [samples, dimensions], at least 2 samples; on any device.</param>
    /// <returns>The statistics, computed in double precision; the work grows with the cube of the smaller of samples and dimensions.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    /// <exception cref="CassInputException">An embedding is NaN or infinite.</exception>
    public static EmbeddingStatistics Of(Tensor embeddings)
    {
        EmbeddingArguments.Require(nameof(EmbeddingStatistics), "embeddings", embeddings);
        EmbeddingArguments.RequireTwo(nameof(EmbeddingStatistics), "embeddings", embeddings);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var values = embeddings.detach().to(ScalarType.Float64);
        if (!values.isfinite().all().ReadBoolean())
        {
            throw new CassInputException($"{nameof(EmbeddingStatistics)}: embeddings {MetricArguments.ShapeOf(embeddings)} contain NaN or infinity; look for a diverged network or a broken image.");
        }

        var directions = nn.functional.normalize(values, p: 2, dim: 1, eps: SmallestNorm);
        var centered = directions.Minus(directions.mean([0], keepdim: true));
        var (samples, dimensions) = (directions.shape[0], directions.shape[1]);
        var deviations = centered.Squared().sum([0]).Over(samples - 1).sqrt().cpu().data<double>().ToArray();
        return new EmbeddingStatistics
        {
            Samples = (int)samples,
            Dimensions = (int)dimensions,
            StandardDeviations = deviations,
            Spread = deviations.Average() * Math.Sqrt(dimensions),
            EffectiveRank = RankMe(values),
            Uniformity = UniformityOf(directions),
            TopComponentShare = TopShare(centered),
        };
    }

    /// <summary>
    /// Alignment: the mean of ‖x̂ − ŷ‖² over pairs of embeddings of the same image, both scaled to length 1. From 0, where
    /// all pairs agree, to 4. Low alignment with a healthy spread is what pretraining is after; with a collapsed one it
    /// means nothing. Wang and Isola 2020 (arXiv 2005.10242), section 4.1.1, with α = 2.
    /// </summary>
    /// <param name="first">Embeddings by one network or of one view: float [samples, dimensions].</param>
    /// <param name="second">Embeddings of the same images by the other: the same shape and device.</param>
    /// <returns>The alignment.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public static double Alignment(Tensor first, Tensor second)
    {
        EmbeddingArguments.Require(nameof(Alignment), nameof(first), first);
        EmbeddingArguments.Require(nameof(Alignment), nameof(second), second);
        if (!first.shape.AsSpan().SequenceEqual(second.shape))
        {
            throw new ArgumentException(
                $"{nameof(Alignment)}: the embeddings are {MetricArguments.ShapeOf(first)} and {MetricArguments.ShapeOf(second)}; both must be [samples, dimensions], of one shape.",
                nameof(second));
        }

        MetricArguments.RequireSameDevice(nameof(Alignment), nameof(first), first, nameof(second), second);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = nn.functional.normalize(first.to(ScalarType.Float64), p: 2, dim: 1, eps: SmallestNorm);
        var y = nn.functional.normalize(second.to(ScalarType.Float64), p: 2, dim: 1, eps: SmallestNorm);
        return x.Minus(y).Squared().sum(1).mean().ReadDouble();
    }

    private static double RankMe(Tensor embeddings)
    {
        // Scaled first, so that squares of tiny or huge embeddings stay within double precision.
        var largest = embeddings.abs().max().clamp_min(KeptScalar.Of(double.Epsilon));
        double[] singular = [.. Spectrum(embeddings / largest).Select(Math.Sqrt)];
        var sum = singular.Sum();
        return sum == 0 ? 1 : Math.Exp(-singular.Select(value => (value / sum) + RankEpsilon).Sum(p => p * Math.Log(p)));
    }

    private static double TopShare(Tensor centered)
    {
        var spectrum = Spectrum(centered);
        var sum = spectrum.Sum();

        // Equal embeddings leave rounding noise of about 1e-16 a coordinate, whose directions mean nothing.
        return sum <= 1e-28 * centered.shape[0] ? 1 : spectrum.Max() / sum;
    }

    private static double UniformityOf(Tensor directions)
    {
        var samples = directions.shape[0];
        var products = directions.matmul(directions.t());
        var lengths = products.diagonal();
        var squaredDistances = lengths.unsqueeze(1).Plus(lengths).Minus(products.Times(2)).clamp_min_(KeptScalar.Of(0L));
        var potentials = squaredDistances.Times(-UniformityScale).exp_();
        return Math.Log(potentials.sum().Minus(potentials.diagonal().sum()).ReadDouble() / ((double)samples * (samples - 1)));
    }

    /// <summary>The squared singular values, from the smaller of the two Gram matrices.</summary>
    private static double[] Spectrum(Tensor matrix)
    {
        var gram = matrix.shape[0] < matrix.shape[1] ? matrix.matmul(matrix.t()) : matrix.t().matmul(matrix);
        return [.. linalg.eigvalsh(gram).cpu().data<double>().Select(value => Math.Max(0, value))];
    }
}
