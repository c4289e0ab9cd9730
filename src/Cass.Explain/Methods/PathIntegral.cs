using MathNet.Numerics.Integration;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Explain;

/// <summary>
/// Integrated gradients. The way from the baseline to the image is cut into parts, each with a Gauss-Legendre rule. How far a part is off is known, since
/// its relevance adds up to the difference of the logits at its ends; the part that is off most is halved, until all together are near enough. Layer norms,
/// which turn around within a thousandth of the way from an even baseline, need this, where steps of equal length would be many thousands.
/// </summary>
internal sealed class PathIntegral
{
    private readonly ExplainedInput input;
    private readonly Tensor baseline;
    private readonly Tensor path;
    private readonly CancellationToken cancellationToken;

    private PathIntegral(ExplainedInput input, CancellationToken cancellationToken)
    {
        (this.input, this.cancellationToken) = (input, cancellationToken);
        var channels = (int)input.Image.size(1);
        baseline = Like([.. Enumerable.Range(0, channels).Select(channel => input.Level(input.Options.IntegrationBaseline, channel))], [1, channels, 1, 1]);
        path = input.Image.detach().Minus(baseline);
    }

    /// <returns>
    /// For each pixel of the network's input, its share of the difference between the logits of image and baseline, and how far the
    /// sum of all misses that difference, as a share of it: what the rules leave open of the completeness axiom.
    /// </returns>
    public static (RelevanceMap Map, double Gap) Compute(ExplainedInput input, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        return new PathIntegral(input, cancellationToken).Compute();
    }

    private (RelevanceMap Map, double Gap) Compute()
    {
        var whole = Integrate(0, 1, LogitAt(0), LogitAt(1));
        var difference = whole.EndLogit - whole.BeginLogit;
        var parts = new List<Part> { whole };
        for (var steps = 2 * ExplanationOptions.NodesOfPart; steps + ExplanationOptions.NodesOfPart <= input.Options.IntegrationSteps; steps += 2 * ExplanationOptions.NodesOfPart)
        {
            if (parts.Sum(part => Math.Abs(part.Gap)) <= input.Options.IntegrationTolerance * Math.Abs(difference))
            {
                break;
            }

            var worst = parts.MaxBy(part => Math.Abs(part.Gap))!;
            var (middle, logit) = ((worst.Begin + worst.End) / 2, LogitAt((worst.Begin + worst.End) / 2));
            parts.Remove(worst);
            worst.Relevance.Dispose();
            parts.Add(Integrate(worst.Begin, middle, worst.BeginLogit, logit));
            parts.Add(Integrate(middle, worst.End, logit, worst.EndLogit));
        }

        var sum = parts[0].Relevance;
        foreach (var part in parts.Skip(1))
        {
            sum.PlusInPlace(part.Relevance);
        }

        var map = input.ToMap(sum.sum(1), path.size(2), path.size(3));
        var missed = Math.Abs(map.Values.ToArray().Sum(value => (double)value) - difference);
        return (map, missed == 0 ? 0 : missed / Math.Abs(difference));
    }

    private double LogitAt(double place)
    {
        using var step = NewDisposeScope();
        using var ungraded = no_grad();
        return input.Logits(path.mul(Like([place], [1, 1, 1, 1])).Plus(baseline))[0];
    }

    private Part Integrate(double begin, double end, double beginLogit, double endLogit)
    {
        var rule = new GaussLegendreRule(begin, end, ExplanationOptions.NodesOfPart);
        var sum = zeros_like(path);
        foreach (var nodes in Enumerable.Range(0, rule.Order).Chunk(input.Options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            using var graded = enable_grad();
            var points = path.mul(Like([.. nodes.Select(rule.GetAbscissa)], [nodes.Length, 1, 1, 1])).Plus(baseline).detach().requires_grad_();
            var gradient = autograd.grad([input.Logit(input.Network.forward(points))], [points])[0];
            using var ungraded = no_grad();
            sum.PlusInPlace(gradient.mul(Like([.. nodes.Select(rule.GetWeight)], [nodes.Length, 1, 1, 1])).sum(0, keepdim: true));
        }

        using var guard = no_grad();
        using var total = sum.mul_(path).sum();
        return new Part(begin, end, beginLogit, endLogit, sum, total.ReadDouble() - (endLogit - beginLogit));
    }

    private Tensor Like(double[] values, long[] shape) => tensor(values, shape).to(input.Image.dtype, input.Image.device);

    /// <param name="Begin">Where it begins, from 0 at the baseline to 1 at the image.</param>
    /// <param name="End">Where it ends.</param>
    /// <param name="BeginLogit">The logit where it begins.</param>
    /// <param name="EndLogit">The logit where it ends.</param>
    /// <param name="Relevance">[1, channels, height, width].</param>
    /// <param name="Gap">How far the sum of the relevance is from the difference of the logits.</param>
    private sealed record Part(double Begin, double End, double BeginLogit, double EndLogit, Tensor Relevance, double Gap);
}
