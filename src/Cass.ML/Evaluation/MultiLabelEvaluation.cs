using Cass.Metrics;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace Cass.ML;

/// <summary>Compares predicted labels with true ones.</summary>
internal static class MultiLabelEvaluation
{
    public static MultiLabelMetrics Of(IDataView data, string labelColumn, string scoreColumn, string predictedColumn)
    {
        var labels = LabelColumn.Several(data.Schema, labelColumn);
        var (names, classes) = (labels.Labels.Names, labels.Labels.Count);
        RequireVector(data.Schema, scoreColumn, NumberDataViewType.Single, classes);
        RequireVector(data.Schema, predictedColumn, BooleanDataViewType.Instance, classes);
        var (scores, predicted, truth) = (new List<float>(), new List<float>(), new List<float>());
        using (var cursor = data.GetRowCursor([data.Schema[labelColumn], data.Schema[scoreColumn], data.Schema[predictedColumn]]))
        {
            var read = labels.Open(cursor);
            var (readScores, readPredicted) = (cursor.GetGetter<VBuffer<float>>(data.Schema[scoreColumn]), cursor.GetGetter<VBuffer<bool>>(data.Schema[predictedColumn]));
            var (score, decision) = (default(VBuffer<float>), default(VBuffer<bool>));
            while (cursor.MoveNext())
            {
                readScores(ref score);
                readPredicted(ref decision);
                scores.AddRange(score.DenseValues());
                predicted.AddRange(decision.DenseValues().Select(value => value ? 1f : 0f));
                var row = new float[classes];
                foreach (var id in read() ?? [])
                {
                    row[id] = 1;
                }

                truth.AddRange(row);
            }
        }

        return truth.Count == 0
            ? throw new CassInputException("There is no row to evaluate.")
            : Measure(names, [.. scores], [.. predicted], [.. truth]);
    }

    private static MultiLabelMetrics Measure(IReadOnlyList<string> names, float[] scores, float[] predicted, float[] truth)
    {
        var (classes, images) = (names.Count, truth.Length / names.Count);
        bool[] wrong = [.. predicted.Zip(truth, (decision, target) => decision != target)];
        using var scope = NewDisposeScope();
        var (scored, decided, targets) = (tensor(scores, [images, classes]), tensor(predicted, [images, classes]), tensor(truth, [images, classes]));
        using var microF1 = new MultiLabelF1(Averaging.Micro);
        using var macroF1 = new MultiLabelF1(Averaging.Macro);
        using var auroc = new Auroc();
        using var precision = new AveragePrecision();
        microF1.Update(decided, targets);
        macroF1.Update(decided, targets);
        auroc.Update(scored, targets);
        precision.Update(scored, targets);
        return new MultiLabelMetrics
        {
            Images = images,
            MicroF1 = microF1.Compute(),
            MacroF1 = macroF1.Compute(),
            F1ByLabel = names.Zip(macroF1.ComputePerClass()).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal),
            MacroAuroc = auroc.Compute(),
            MacroAveragePrecision = precision.Compute(),
            SubsetAccuracy = (double)wrong.Chunk(classes).Count(image => !image.Contains(true)) / images,
            HammingLoss = (double)wrong.Count(isWrong => isWrong) / wrong.Length,
        };
    }

    private static void RequireVector(DataViewSchema schema, string name, DataViewType item, int count)
    {
        var type = (schema.GetColumnOrNull(name) ?? throw ImageColumnKinds.Missing(name, schema.Select(column => column.Name))).Type;
        if (type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != item || vector.Size != count)
        {
            throw new CassInputException($"The column '{name}' is of type {type}; it must be a vector of {count} {item}, one for each label, as a multi-label trainer writes it.");
        }
    }
}
