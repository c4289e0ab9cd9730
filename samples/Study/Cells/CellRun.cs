using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cass;
using Cass.Data;
using Cass.Metrics;
using Cass.Training;
using Study.Images;
using Study.Results;
using Study.Running;
using TorchSharp;

namespace Study.Cells;

/// <summary>Measures one cell, in the process that is there for it. Killed, it goes on from its last checkpoint.</summary>
internal sealed class CellRun(StudyFolder folder, string id, Cell cell, StudyImages images, string? imageNetWeights, IProgress<TrainingProgress> progress)
{
    private const int PredictedAtOnce = 64;

    // A process whose starter was killed needs a moment to end.
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    private readonly TrainerOf trainers = new(cell, imageNetWeights, images.Training.Count);
    private readonly string checkpoints = Path.Combine(folder.Cell(id), "checkpoints");

    private ImageDataset Scored => cell.Score == ScoredPart.HeldOut ? images.HeldOut : images.Validation;

    private ImageDataset? ValidationOfRecipe => cell.FineTuning == FineTuningSettings.Recipe ? images.Validation : null;

    /// <exception cref="CassInputException">Another process measures the cell.</exception>
    public void Run()
    {
        using var held = FileLock.Take(folder.CellLock(id), LockPatience)
            ?? throw new CassInputException($"'{id}' is being measured by another process.");
        if (folder.IsFinished(id))
        {
            return;
        }

        using var trainer = trainers.FineTuning(checkpoints: null, BackboneKind.Convolutional);

        // What stands in the way of fine-tuning is said before hours of pretraining.
        trainer.CheckPlan(new RunPlan { Train = images.Training, Validation = ValidationOfRecipe });
        var weights = new PretrainedWeights(folder, cell, images, imageNetWeights, progress);
        var history = weights.Load(trainer.Cnn, trainer.Transformer);
        var results = new Dictionary<string, NetworkResult>(StringComparer.Ordinal);
        using var cnn = FineTune(trainer.Cnn, results, "cnn");
        using var transformer = trainers.Method.Distills ? Distill(trainer.Transformer, cnn, results) : FineTune(trainer.Transformer, results, "vit");
        var result = new CellResult
        {
            Id = id,
            Cell = cell,
            Images = images.Fingerprint,
            Networks = results,
            Pretraining = history,
            Pretrained = weights.Trained,
            PeakMemory = Math.Round(Process.GetCurrentProcess().PeakWorkingSet64 / 1024.0 / 1024.0),
            Environment = Describe(trainer.Environment),
            Measured = DateTimeOffset.UtcNow,
        };
        AtomicFile.WriteText(folder.Result(id), JsonSerializer.Serialize(result, StudyJson.Options));
        if (Directory.Exists(checkpoints))
        {
            Directory.Delete(checkpoints, recursive: true);
        }
    }

    private ImageClassifier FineTune(Backbone network, Dictionary<string, NetworkResult> results, string name)
    {
        var clock = Stopwatch.StartNew();
        using var trainer = trainers.FineTuning(checkpoints, network.Kind);
        var classifier = trainer.FineTune(network, images.Training, ValidationOfRecipe, progress);
        results.Add(name, Score(classifier, clock.Elapsed));
        return classifier;
    }

    private ImageClassifier Distill(Backbone network, ImageClassifier teacher, Dictionary<string, NetworkResult> results)
    {
        var clock = Stopwatch.StartNew();
        using var trainer = trainers.Distillation(checkpoints);
        var classifier = trainer.Distill(network, teacher, images.Training.Images, progress: progress);
        results.Add("vit", Score(classifier, clock.Elapsed));
        return classifier;
    }

    private NetworkResult Score(ImageClassifier classifier, TimeSpan fineTuning)
    {
        classifier.TrainingImages = null;
        var (figures, answers) = ScoreOf(classifier, Scored);
        var scores = new Dictionary<string, Figures>(StringComparer.Ordinal) { [cell.Score == ScoredPart.HeldOut ? "held-out" : "validation"] = figures };
        if (cell.Score == ScoredPart.HeldOut && images.Test is { } test)
        {
            scores.Add("test", ScoreOf(classifier, test).Figures);
            scores.Add("clean-test", ScoreOf(classifier, test.Subset([.. Enumerable.Range(0, test.Count).Where(i => images.CleanTest[i])])).Figures);
        }

        return new NetworkResult
        {
            Scores = scores,
            Answers = answers,
            Epochs = classifier.History.Count,
            FineTuningSeconds = Math.Round(fineTuning.TotalSeconds, 1),
        };
    }

    private static (Figures Figures, string? Answers) ScoreOf(ImageClassifier classifier, ImageDataset scored)
    {
        var report = classifier.Evaluate(scored);
        var figures = new Figures
        {
            Images = report.Images,
            MacroF1 = Rounded(report.ArgmaxMacroF1!.Value),
            Accuracy = Rounded(report.Accuracy!.Value),
            F1 = Rounded(report.F1),
            NotebookF1 = Rounded(report.NotebookF1),
        };
        if (classifier.EvaluationOptions.AugmentImages)
        {
            return (figures, null);
        }

        using var scope = torch.NewDisposeScope();
        var classes = scored.Labels.Count;
        float[] probabilities = [.. scored.Images.Chunk(PredictedAtOnce).SelectMany(batch => classifier.Predict(batch)).SelectMany(prediction => prediction.Probabilities.Select(p => (float)p.Probability))];
        var scores = torch.tensor(probabilities).reshape(-1, classes);
        var targets = torch.tensor(Enumerable.Range(0, scored.Count).Select(i => (long)scored.LabelsOf(i)[0]).ToArray());
        using var auroc = new Auroc();
        using var calibration = new CalibrationError();
        auroc.Update(scores, targets);
        calibration.Update(scores, targets);
        var answers = string.Concat(scores.argmax(1).data<long>().Select(answer => answer.ToString(CultureInfo.InvariantCulture)));
        return (figures with { Auroc = Rounded(auroc.Compute()), CalibrationError = Rounded(calibration.Compute()) }, answers);
    }

    private static double Rounded(double value) => Math.Round(value, 5);

    private static string Describe(RunEnvironment environment) => string.Create(
        CultureInfo.InvariantCulture,
        $"CASS {environment.Cass}, TorchSharp {environment.TorchSharp}, {environment.OperatingSystem} {environment.Architecture}, {environment.Threads} of {environment.Processors} threads");
}
