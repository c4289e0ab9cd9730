using System.Runtime.ExceptionServices;
using Cass.Data;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

public sealed partial class FineTuner
{
    /// <summary>
    /// Fine-tunes a copy of each of several networks on the same images, two at the same time where <see cref="RunOptions.NetworksSideBySide"/> allows it, each on half of
    /// the threads; the log says which. What each becomes is, bit for bit, what
    /// <see cref="FineTune(Backbone, ImageDataset, ImageDataset, IProgress{TrainingProgress}, CancellationToken)"/> makes of it alone with as many threads.
    /// </summary>
    /// <remarks>
    /// Two networks that train at the same time each load their images, in <see cref="LoadingOptions.CacheBytes"/> each. Where one of them fails, the other is stopped and saved.
    /// Progress and <see cref="EpochEnded"/> are told of one network at a time, and never both at once, on the thread of the network. Of more than two networks, the first two are a pair, then the next two.
    /// </remarks>
    /// <param name="backbones">The networks to start from; they stay as they are.</param>
    /// <param name="train">Labelled training images, of which <see cref="FineTuningOptions.LabelFraction"/> is used.</param>
    /// <param name="validation">Labelled validation images, of the same classes; none where null.</param>
    /// <param name="progress">Told after every batch of each network.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>The classifiers with their histories, in the order of the networks; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no network, one is null, or one is given twice.</exception>
    /// <exception cref="CassInputException">Two networks of one name would have the same checkpoints, the classes differ, images may have several labels where the loss allows one, there are too few images, one cannot be read, or validation images are training images and <see cref="DuplicateAction.Fail"/> is set.</exception>
    /// <exception cref="TrainingFailedException">The loss or a weight became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <example><code>
    /// using var classifiers = tuner.FineTune([cnn, transformer], train, validation);
    /// using var ensemble = new ClassifierEnsemble(classifiers);
    /// var report = ensemble.Evaluate(test);
    /// </code></example>
    public FineTunedClassifiers FineTune(
        IReadOnlyList<Backbone> backbones,
        ImageDataset train,
        ImageDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(backbones);
        ArgumentNullException.ThrowIfNull(train);
        run.RequireOpen(this);
        if (ProblemOf(backbones) is { } problem)
        {
            throw new ArgumentException(problem, nameof(backbones));
        }

        run.WarnOnce([.. train.Warnings, .. validation?.Warnings ?? []]);
        RequireNamesOfTheirOwn(backbones);
        ImageDataset[] labeled = [.. backbones.Select(backbone => Check(backbone, train, validation))];
        var classifiers = new List<ImageClassifier>();
        try
        {
            foreach (var pair in backbones.Zip(labeled).Chunk(2))
            {
                if (pair is [var (first, ofFirst), var (second, ofSecond)] && AreSideBySide(first, second))
                {
                    classifiers.AddRange(TrainSideBySide(ofFirst, ofSecond, first, second, train, validation, progress, cancellationToken));
                    continue;
                }

                foreach (var (backbone, images) in pair)
                {
                    using var opened = Open(backbone, images, train, validation, progress, cancellationToken);
                    classifiers.Add(opened.Train());
                }
            }

            return new FineTunedClassifiers(classifiers);
        }
        catch
        {
            classifiers.ForEach(classifier => classifier.Dispose());
            throw;
        }
    }

    private static string? ProblemOf(IReadOnlyList<Backbone> backbones) =>
        backbones.Count == 0 ? "There is no network to fine-tune."
        : backbones.Any(backbone => backbone is null) ? "A network is null."
        : backbones.Distinct(ReferenceEqualityComparer.Instance).Count() < backbones.Count ? "A network is given twice; each gives one classifier."
        : null;

    /// <summary>The second of two networks of one name would find the checkpoints of the first, after that has been trained to its end.</summary>
    private void RequireNamesOfTheirOwn(IReadOnlyList<Backbone> backbones)
    {
        if (run.Options.Checkpoints.Folder is not null && backbones.GroupBy(backbone => PhaseOf(backbone, distills: false), StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new CassInputException(
                $"{same.Count()} networks are named {same.First().ModelName}, and their checkpoints would be in the same files ('{same.Key}-…'): fine-tune them with trainers of their own, each with another {run.Names["Checkpoints.RunName"] ?? "Checkpoints.RunName"}, or without checkpoints.");
        }
    }

    private bool AreSideBySide(Backbone first, Backbone second)
    {
        if (!run.AllowsNetworksSideBySide)
        {
            return false;
        }

        if (ProblemOfSideBySide(first, second) is { } problem)
        {
            run.Logger.LogInformation("{First} and {Second} are fine-tuned one after the other: {Problem}.", first.ModelName, second.ModelName, problem);
            return false;
        }

        run.Logger.LogInformation("{First} and {Second} are fine-tuned at the same time, each on half of {Threads} threads.", first.ModelName, second.ModelName, get_num_threads());
        return true;
    }

    private string? ProblemOfSideBySide(Backbone first, Backbone second) =>
        string.Equals(PhaseOf(first, distills: false), PhaseOf(second, distills: false), StringComparison.Ordinal) ? "both have the same name"
        : CreateLoss is not null || CreateSchedule is not null || Metrics.Count > 0 ? "a loss, schedule or metric of your own may draw random numbers or share what it knows"
        : NetworkBalance.Problem(first, second, run.SizeFor(first), run.SizeFor(second), settings.BatchSize, run.Options.GradientCheckpointing);

    private ImageClassifier[] TrainSideBySide(
        ImageDataset ofFirst,
        ImageDataset ofSecond,
        Backbone first,
        Backbone second,
        ImageDataset train,
        ImageDataset? validation,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Of this run alone: a handler may itself fine-tune.
        var turn = new Lock();
        var told = progress is null ? null : new SerialProgress(progress, turn);
        using var one = Open(first, ofFirst, train, validation, told, stop.Token, turn);
        using var other = OpenBeside(one, second, ofSecond, train, validation, told, turn, stop.Token);
        ExceptionDispatchInfo? failure = null;
        using (var threads = new NetworkThreads())
        {
            threads.Run(() => Compute(one), () => Compute(other));
        }

        if (failure is null)
        {
            run.LogProfile();
            return [one.Classifier, other.Classifier];
        }

        one.Abandon();
        other.Abandon();
        cancellationToken.ThrowIfCancellationRequested();
        failure.Throw();
        return [];

        void Compute(OpenedFineTuning opened)
        {
            try
            {
                opened.Compute();
            }
#pragma warning disable CA1031 // The first failure is thrown again when both have ended; the second is that the other one was stopped.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
                stop.Cancel();
            }
        }
    }

    private OpenedFineTuning OpenBeside(OpenedFineTuning opened, Backbone backbone, ImageDataset labeled, ImageDataset train, ImageDataset? validation, IProgress<TrainingProgress>? progress, Lock turn, CancellationToken cancellationToken)
    {
        try
        {
            return Open(backbone, labeled, train, validation, progress, cancellationToken, turn);
        }
        catch
        {
            opened.Abandon();
            throw;
        }
    }
}
