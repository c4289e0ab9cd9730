namespace Cass.Explain.Benchmarks;

/// <summary>How well heat maps find tumours.</summary>
/// <param name="Hits">Share of the images whose hottest place lies in the tumour: the pointing game of Zhang et al. 2018.</param>
/// <param name="Heat">Mean share of the heat that lies in the tumour.</param>
internal sealed record Localization(double Hits, double Heat)
{
    /// <summary>Of a map that is hot by chance: the tumour's share of the image, for both.</summary>
    public static Localization Chance(IReadOnlyCollection<MaskedPhantom> phantoms)
    {
        var area = phantoms.Average(phantom => phantom.Mask.Count(isTumor => isTumor) / (double)phantom.Mask.Length);
        return new Localization(area, area);
    }

    /// <summary>Explains the tumour's class on every phantom.</summary>
    public static Localization Of(Backbone network, IReadOnlyCollection<MaskedPhantom> phantoms, ExplanationMethod method, Data.ImagePipeline pipeline)
    {
        var options = new ExplanationOptions { OcclusionSize = SmallPair.Side / 4, OcclusionStride = SmallPair.Side / 8, IntegrationSteps = 30, IntegrationTolerance = 0.05, BatchSize = 64 };
        var (hits, heat) = (0, 0.0);
        foreach (var phantom in phantoms)
        {
            using var input = phantom.Input(pipeline);
            var map = NetworkRelevance.Of(network, input, (int)phantom.Image.Kind, method, options, pipeline.Normalization).Map.ToHeat(SmallPair.Side, SmallPair.Side);
            var (row, column) = map.Hottest;
            hits += phantom.Mask[(row * map.Width) + column] ? 1 : 0;
            heat += map.ShareWithin(phantom.Mask);
        }

        return new Localization((double)hits / phantoms.Count, heat / phantoms.Count);
    }
}
