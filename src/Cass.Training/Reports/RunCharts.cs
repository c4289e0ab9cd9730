namespace Cass.Training;

/// <summary>The curves of a run, by the names of their files.</summary>
internal static class RunCharts
{
    public static IReadOnlyDictionary<string, LineChart> Of(RunReport report)
    {
        var charts = new Dictionary<string, LineChart>(StringComparer.Ordinal);
        Add("pretraining-loss", new("Loss of pretraining", "epoch"), [("loss", report.Pretraining.Select(e => ((double)e.Epoch, e.Loss)))]);
        var parts = report.Pretraining.SelectMany(e => e.EmbeddingStd.Keys).Distinct(StringComparer.Ordinal).ToList();
        Add(
            "pretraining-spread",
            new("Spread of embeddings: near 0, the networks have collapsed", "epoch"),
            parts.Select(part => (part, report.Pretraining.Where(e => e.EmbeddingStd.ContainsKey(part)).Select(e => ((double)e.Epoch, e.EmbeddingStd[part])))));
        Add(
            "pretraining-gradients",
            new("Norm of gradients in pretraining", "epoch"),
            report.Pretraining.SelectMany(e => e.GradientNorms.Keys).Distinct(StringComparer.Ordinal).Select(part => (part, report.Pretraining.Where(e => e.GradientNorms.ContainsKey(part)).Select(e => ((double)e.Epoch, e.GradientNorms[part])))));
        Add("pretraining-rate", new("Learning rate of pretraining", "epoch"), [("learning rate", report.Pretraining.Select(e => ((double)e.Epoch, e.LearningRate)))]);
        var probes = report.Pretraining.SelectMany(e => e.Probes.Keys).Distinct(StringComparer.Ordinal);
        Add(
            "pretraining-probes",
            new("Accuracy of probes in pretraining", "epoch"),
            probes.Select(probe => (probe, report.Pretraining.Where(e => e.Probes.ContainsKey(probe)).Select(e => ((double)e.Epoch, e.Probes[probe])))));
        foreach (var network in report.Networks)
        {
            var (name, history) = (network.Evaluation.Network, network.History);
            Add(
                $"{name}-loss",
                new($"Loss of fine-tuning, {name}", "epoch"),
                [("training", history.Select(e => ((double)e.Epoch, e.Loss))), ("validation", history.Where(e => e.ValidationLoss is not null).Select(e => ((double)e.Epoch, e.ValidationLoss!.Value)))]);
            Add(
                $"{name}-accuracy",
                new($"Accuracy in fine-tuning, {name}", "epoch"),
                [("training", history.Where(e => e.Accuracy is not null).Select(e => ((double)e.Epoch, e.Accuracy!.Value))), ("validation", history.Where(e => e.ValidationAccuracy is not null).Select(e => ((double)e.Epoch, e.ValidationAccuracy!.Value)))]);
            Add(
                $"{name}-f1",
                new($"F1 in fine-tuning, {name}", "epoch"),
                [("training", history.Select(e => ((double)e.Epoch, e.F1))), ("validation", history.Where(e => e.ValidationF1 is not null).Select(e => ((double)e.Epoch, e.ValidationF1!.Value)))]);
        }

        return charts;

        void Add(string name, LineChart chart, IEnumerable<(string Name, IEnumerable<(double X, double Y)> Points)> lines)
        {
            foreach (var (line, points) in lines)
            {
                chart.Add(line, points);
            }

            if (!chart.IsEmpty)
            {
                charts[name] = chart;
            }
        }
    }
}
