using System.Globalization;
using Cass.Training;
using Study.Results;

namespace Study.Tables;

/// <summary>All results as CSV, a row for each network and set of images, with every setting in a column.</summary>
internal static class ResultsCsv
{
    private const string Header =
        "id,method,switched,cnn,vit,start,size,batch_size,budget,rate,precision,label_fraction,fine_tuning_epochs,fine_tuning,seed,network,set,images,"
        + "macro_f1,accuracy,f1,notebook_f1,auroc,calibration_error,epochs,fine_tuning_seconds,pretraining_seconds,peak_memory_mib,environment,measured";

    public static string Of(IEnumerable<CellResult> results) => string.Join('\n', results
        .SelectMany(result => result.Networks.SelectMany(network => network.Value.Scores.Select(scores => Line(result, network.Key, network.Value, scores.Key, scores.Value))))
        .Prepend(Header)) + "\n";

    private static string Line(CellResult result, string name, NetworkResult network, string set, Figures scores)
    {
        var cell = result.Cell;
        object?[] fields =
        [
            result.Id, cell.Method, string.Join(' ', cell.Switched), cell.Cnn, cell.Vit, cell.Start, cell.Size, cell.BatchSize, cell.Budget, cell.Rate,
            cell.Precision ?? NumericPrecision.Float32, cell.LabelFraction, cell.FineTuningEpochs, cell.FineTuning, cell.Seed, name, set, scores.Images, scores.MacroF1, scores.Accuracy, scores.F1,
            scores.NotebookF1, scores.Auroc, scores.CalibrationError, network.Epochs, network.FineTuningSeconds, Math.Round(result.PretrainingSeconds(), 1),
            result.PeakMemory, $"\"{result.Environment}\"", result.Measured.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ];
        return string.Join(',', fields.Select(field => string.Create(CultureInfo.InvariantCulture, $"{field}")));
    }
}
