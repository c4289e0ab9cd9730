using System.Globalization;
using Cass.Data;
using Cass.Training;

namespace Cass.Tests.DistributedProcess;

/// <summary>Evaluates on images that may differ between processes or be broken in one, which it catches, and then on sound ones.</summary>
internal static class Evaluations
{
    private const int Count = 22;

    public static void Run(CassTrainer trainer, IProcessGroup group, TrainingSettings settings)
    {
        using var classifier = trainer.FineTune(trainer.Cnn, Training.Images(32));
        var rank = group.Rank;
        var options = new EvaluationOptions { BatchSize = settings.Number("test-batch", 4, rank), Loading = new() { Workers = 1 } };
        var test = Training.Images(settings.Number("test", Count, rank), broken: settings.Number("test-broken", -1, rank), name: "test", mislabelled: settings.Number("test-mislabelled", -1, rank));
        if (settings.Flag("compare"))
        {
            classifier.DuplicateCheck = new DuplicateCheckOptions { Compare = DuplicateCheck.Pixels };
        }
        else
        {
            classifier.TrainingImages = null;
        }

        using var stop = new CancellationTokenSource();
        if (settings.Number("cancel", 0, rank) != 0)
        {
            stop.Cancel();
        }

        Say("first", () => classifier.Evaluate(test, options, cancellationToken: stop.Token));
        Say("second", () => classifier.Evaluate(Training.Images(Count, name: "sound"), new EvaluationOptions { BatchSize = 5, Loading = new() { Workers = 1 } }));
        classifier.ProcessGroup = null;
        Say("alone", () => classifier.Evaluate(Training.Images(Count, name: "sound"), new EvaluationOptions { BatchSize = 5, Loading = new() { Workers = 1 } }));

        void Say(string which, Func<EvaluationReport> evaluate)
        {
            string said;
            try
            {
                var report = evaluate();
                said = string.Create(CultureInfo.InvariantCulture, $"{report.Images} images, F1 {report.F1:R}, loss {report.Loss:0.00000000}");
            }
            catch (Exception error) when (error is CassException or OperationCanceledException)
            {
                said = $"{error.GetType().Name}: {error.Message}";
            }

            // Several processes share one output, where lines that are written in parts would mix.
            Console.Out.Write($"{which} in {rank}: {said}\n");
        }
    }
}
