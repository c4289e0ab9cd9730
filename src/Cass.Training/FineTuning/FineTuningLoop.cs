using System.Text.Json.Nodes;
using Cass.Data;
using Cass.Losses;
using Cass.Metrics;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Trains a classifier on labelled images and leaves it with its best weights.</summary>
internal sealed class FineTuningLoop : IEpochs, IDisposable
{
    private readonly ImageClassifier classifier;
    private readonly Backbone network;
    private readonly FineTuningOptions options;
    private readonly FineTuningLog log;
    private readonly ILogger logger;
    private readonly Computation computation;
    private readonly nn.Module<Tensor, Tensor, Tensor> loss;
    private readonly IOptimizer optimizer;
    private readonly WeightSnapshot best;
    private readonly LabelMetricOptions decisions;
    private readonly Dictionary<string, Metric> metrics;
    private readonly Dictionary<string, SingleLabelScores> singleLabel;
    private readonly EarlyStopping stopping;
    private readonly StageFreezing freezing;
    private readonly StochasticWeightAveraging? averaging;
    private readonly ExponentialMovingAverage? movingAverage;
    private readonly LabelSmoothing? smoothing;
    private readonly IFineTuningObjective objective;
    private readonly Mixup mixup;
    private readonly long seed;
    private readonly TrainingProfile? profile;
    private readonly ValidationMetrics figures;
    private readonly IBatchSource train;
    private readonly IBatchSource? validation;
    private readonly CancellationToken cancellationToken;
    private readonly GradientStep gradients;
    private readonly ILearningRateSchedule schedule;
    private readonly LossReader losses;
    private readonly ProgressMeter meter;
    private readonly EpochRunner runner;
    private readonly DistributedRun? processes;
    private readonly GradientReduction? reduction;
    private readonly CancellationToken stop;
    private List<FineTuningEpoch> history = [];
    private double rate;
    private double lastLoss = double.NaN;
    private double bestTrainingF1;
    private ValidationScore bestValidation = ValidationScore.None;
    private BatchLesson? lesson;
    private Tensor? logits;

    public FineTuningLoop(
        ImageClassifier classifier,
        FineTuningOptions options,
        double highestRate,
        long seed,
        nn.Module<Tensor, Tensor, Tensor> loss,
        DistillationObjective? distillation,
        ValidationMetrics figures,
        ILearningRateSchedule? ownSchedule,
        Computation computation,
        IBatchSource train,
        IBatchSource? validation,
        Checkpointer checkpointer,
        FineTuningLog log,
        ILogger logger,
        TrainingProfile? profile,
        DistributedRun? processes,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        this.classifier = classifier;
        this.options = options;
        this.seed = seed;
        this.figures = figures;
        this.train = train;
        this.validation = validation;
        this.processes = processes;
        stop = cancellationToken;
        this.cancellationToken = processes is null ? cancellationToken : CancellationToken.None;
        this.loss = loss;
        this.logger = logger;
        this.profile = profile;
        network = classifier.Network;
        this.log = log;
        this.computation = computation;
        freezing = new StageFreezing(network, options);
        optimizer = OptimizerFactory.Create(network, options.Optimizer, highestRate, options.LayerDecay);
        averaging = options.AverageWeightsFromEpoch > 0 ? new StochasticWeightAveraging(network.parameters().Where(p => p.requires_grad)) : null;
        movingAverage = options.EmaDecay > 0 ? new ExponentialMovingAverage(network, options.EmaDecay) : null;
        smoothing = options.LabelSmoothing > 0 ? new LabelSmoothing(options.LabelSmoothing, classifier.Activation == OutputActivation.Softmax ? LabelKind.Exclusive : LabelKind.Independent) : null;
        objective = distillation is null ? new LabelObjective(loss, smoothing) : distillation;
        mixup = new Mixup(options.Mixup);
        best = new WeightSnapshot(network);
        stopping = new EarlyStopping(options.EarlyStoppingPatience, options.EarlyStoppingRule, options.BestEpochRule);
        decisions = new LabelMetricOptions { Decision = classifier.Activation.Decision(), Thresholds = DecisionThresholds.Uniform(options.Threshold), CountEmptyAsHealthy = options.CountEmptyAsHealthy };
        metrics = new(StringComparer.Ordinal)
        {
            ["training_f1"] = new MultiLabelF1(decisions),
            ["training_recall"] = new Recall(decisions),
            ["validation_f1"] = new MultiLabelF1(decisions),
        };
        singleLabel = new(StringComparer.Ordinal)
        {
            ["training_single_label"] = new(),
            ["validation_single_label"] = new(),
        };
        reduction = processes is null ? null : new GradientReduction(processes.Group, network.parameters(), profile);
        gradients = new GradientStep(options.Optimizer, [optimizer], train.BatchesPerEpoch, profile: profile, reduction: reduction);
        var totalSteps = GradientStep.TotalSteps(options.Optimizer, train.BatchesPerEpoch, options.Epochs);
        schedule = ownSchedule ?? options.LearningRate.Create(highestRate, totalSteps);
        if (options.AverageWeightsFromEpoch > 0)
        {
            schedule = new LateConstantRate(schedule, GradientStep.TotalSteps(options.Optimizer, train.BatchesPerEpoch, options.AverageWeightsFromEpoch - 1), options.AverageLearningRate);
        }

        losses = new LossReader(distillation is null ? "fine-tuning" : "distillation", train);
        meter = new ProgressMeter(TrainingPhase.FineTuning, network.ModelName, options.Epochs, train.BatchesPerEpoch, progress, profile);
        runner = new EpochRunner("FineTuning", train, computation, gradients, losses, meter, checkpointer, profile, processes, [network]);
    }

    public Action<FineTuningEpoch>? EpochEnded { get; init; }

    /// <summary>Whether the images are known to be of a problem with several labels an image, though each of them may have one.</summary>
    public bool IsMultiLabel { get; init; }

    public bool IsDone => stopping.IsDue;

    public IReadOnlyList<FineTuningEpoch> Run(Checkpoint? resumed)
    {
        using var mode = computation.BeginRun();
        processes?.SeedApart(seed);
        if (resumed is not null)
        {
            Restore(resumed);
        }

        runner.Run(this, options.Epochs, stop);
        UseTheBestWeights();
        network.eval();
        if (options.TuneThresholds && validation is not null)
        {
            TuneThresholds(validation);
        }

        return history;
    }

    public void Begin(RunPosition position)
    {
        if (position.Batch == 0 && !options.KeepMetricsRunning)
        {
            metrics["training_f1"].Reset();
            metrics["training_recall"].Reset();
            singleLabel["training_single_label"].Reset();
        }

        freezing.Train();
        rate = schedule.RateAt(Math.Max(0, position.Step - 1));
    }

    public StepResult Step(ImageBatch batch, RunPosition position)
    {
        rate = schedule.RateAt(position.Step);
        lesson = Prepare(batch, position);
        gradients.Begin(position.Batch);
        logits = DistributedBatch.Gather(Forward(lesson.Images));
        lesson = lesson.OfAllProcesses();
        var batchLoss = Loss(logits, lesson);
        return new(batchLoss, gradients.Take(batchLoss, rate, position.Batch));
    }

    public void Retry(ImageBatch batch, int count)
    {
        var first = lesson!.First(count);
        objective.Loss(Forward(first.Images), first).backward();
    }

    public void AfterStep(RunPosition position) => movingAverage?.Update();

    public IReadOnlyDictionary<string, double> Observe(ImageBatch batch, RunPosition position)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var (probabilities, present) = (classifier.Activation.Probabilities(logits!), lesson!.Targets.gt(KeptScalar.Of(0.5)));
        metrics["training_f1"].Update(probabilities, present);
        metrics["training_recall"].Update(probabilities, present);
        singleLabel["training_single_label"].Update(probabilities, lesson.Labels, lesson.Targets);
        return new Dictionary<string, double>(StringComparer.Ordinal) { ["learning rate"] = rate, ["gradient norm"] = gradients.Norms[0] };
    }

    public double? End(int epoch, double lastLoss)
    {
        this.lastLoss = double.IsNaN(lastLoss) ? this.lastLoss : lastLoss;
        var (imagesPerSecond, dataWait, meanLoss) = (meter.ImagesPerSecond, meter.DataWait, meter.MeanLoss);
        var f1 = metrics["training_f1"].Compute();
        var (accuracy, macroF1) = IsMultiLabel ? (null, null) : singleLabel["training_single_label"].Compute();
        var improved = f1 > bestTrainingF1;
        var judged = validation is not null && (improved || !options.ValidateOnlyOnImprovement) ? Judge(validation) : null;
        bestTrainingF1 = Math.Max(f1, bestTrainingF1);

        var row = new FineTuningEpoch(
            epoch,
            options.LogLossOfLastBatch ? this.lastLoss : meanLoss,
            f1,
            metrics["training_recall"].Compute(),
            judged?.Loss,
            judged?.F1,
            rate,
            imagesPerSecond,
            meter.EpochTime,
            dataWait,
            gradients.Norms[0])
        {
            Network = network.ModelName,
            Accuracy = accuracy,
            ArgmaxMacroF1 = macroF1,
            ValidationAccuracy = accuracy is null ? null : judged?.Accuracy,
            ValidationArgmaxMacroF1 = accuracy is null ? null : judged?.ArgmaxMacroF1,
            ValidationMetrics = judged?.Figures ?? ValidationMetrics.None,
        };
        history.Add(row);
        log.Epoch(row);
        if (averaging is not null && epoch >= options.AverageWeightsFromEpoch)
        {
            averaging.Update();
        }

        return ScoreOf(row);
    }

    public void Announce()
    {
        if (processes is null or { IsMain: true })
        {
            EpochEnded?.Invoke(history[^1]);
        }
    }

    public RunState Capture() => new(
        runner.Position,
        [.. State(), .. best.State, .. MetricState(), .. IncompleteGradients(), .. RandomState.Of(processes)],
        new JsonObject
        {
            ["loss_sum"] = runner.LossSum,
            ["last_loss"] = CheckpointFolder.Describe(lastLoss),
            ["averages"] = averaging?.Count ?? 0,
            ["moving_average_steps"] = movingAverage?.Steps ?? 0,
            ["best_training_f1"] = CheckpointFolder.Describe(bestTrainingF1),
            ["best_validation_f1"] = CheckpointFolder.Describe(bestValidation.F1),
            ["best_validation_loss"] = CheckpointFolder.Describe(bestValidation.Loss),
            ["best_validation_auroc"] = CheckpointFolder.Describe(bestValidation.Auroc),
            ["early_stopping"] = CheckpointFolder.Describe(stopping.State),
            ["history"] = CheckpointFolder.DescribeHistory(history),
        });

    public void Dispose()
    {
        losses.Dispose();
        reduction?.Dispose();
        freezing.Dispose();
        averaging?.Dispose();
        movingAverage?.Dispose();
        smoothing?.Dispose();
        optimizer.ZeroGrad();
        optimizer.Dispose();
        best.Dispose();
        foreach (var metric in metrics.Values)
        {
            metric.Dispose();
        }

        foreach (var scores in singleLabel.Values)
        {
            scores.Dispose();
        }
    }

    private IEnumerable<KeyValuePair<string, Tensor>> IncompleteGradients()
    {
        if (!gradients.IsWithinStep(runner.Position.Batch))
        {
            return [];
        }

        gradients.GatherIncomplete();
        return GradientState.Of(Parameters());
    }

    private BatchLesson Prepare(ImageBatch batch, RunPosition position)
    {
        var targets = objective.TargetsOf(batch);

        // Of the batch alone, so that a run that goes on mixes as one that was not interrupted.
        var (images, mixed) = options.Mixup.IsOn
            ? mixup.Apply(batch.Images, targets, new Xoshiro256Random((ulong)seed, (ulong)position.Epoch, (ulong)position.Batch))
            : (batch.Images, targets);
        return objective.Lesson(batch, images, mixed);
    }

    private Tensor Forward(Tensor images)
    {
        using var measurement = profile?.Measure(TrainingProfile.Forward(network.ModelName), computation.Device);
        using var forward = computation.BeginForward();
        return network.forward(images);
    }

    private Tensor Loss(Tensor logits, BatchLesson lesson)
    {
        using var measurement = profile?.Measure(TrainingProfile.Loss, computation.Device);
        return objective.Loss(logits, lesson);
    }

    private ValidationScore? Judge(IBatchSource images)
    {
        movingAverage?.Swap();
        try
        {
            // Nothing of the run's state changes before this, the last point at which it can be cancelled.
            var score = Validate(images);
            stopping.Observe(score);
            var endsTheRun = stopping.IsDue && options.EarlyStoppingRule == EarlyStoppingRule.FallingLoss;
            if (!endsTheRun && score.IsBetterThan(bestValidation, options.BestEpochRule))
            {
                bestValidation = score;
                best.Take();
            }

            return score;
        }
        finally
        {
            movingAverage?.Swap();
        }
    }

    private void UseTheBestWeights()
    {
        if (movingAverage is not null && !best.State.Any())
        {
            movingAverage.Swap();
            return;
        }

        if (averaging is not { Count: > 0 })
        {
            if (averaging is not null)
            {
                logger.LogWarning("No weights were averaged: FineTuning.AverageWeightsFromEpoch is {From}, and early stopping ended the run after epoch {Last}.", options.AverageWeightsFromEpoch, runner.Position.Epoch - 1);
            }

            best.Restore();
            return;
        }

        averaging.Swap();
        BatchNormStatistics.Recompute(network, TrainingImages(), options.Scope == FineTuningScope.Full ? null : freezing.Train);
        if (NonFiniteTensor.FirstOf(network.state_dict()) is { } broken)
        {
            throw new TrainingFailedException(
                $"With the averaged weights of {averaging.Count} epochs, {broken}: the run ends here, and nothing of them is kept. {TrainingFailedException.Advice}",
                runner.Position.Epoch - 1,
                runner.Position.Batch,
                []);
        }

        if (validation is not null && bestValidation.IsBetterThan(ScoreOfAverage(validation), options.BestEpochRule))
        {
            best.Restore();
        }
    }

    private IEnumerable<Tensor> TrainingImages()
    {
        foreach (var batch in train.ReadEpoch(epoch: 1, cancellationToken: cancellationToken))
        {
            using (batch)
            {
                batch.MoveTo(computation.Device, computation.WeightType);
                yield return batch.Images;
            }
        }
    }

    /// <summary>What the checkpoint of an epoch is the best by, the higher the better: the rule's first criterion; null where the epoch was not validated.</summary>
    private double? ScoreOf(FineTuningEpoch row) => (validation is not null, options.BestEpochRule) switch
    {
        (true, BestEpoch.Loss) => -row.ValidationLoss,
        (true, BestEpoch.Auroc) => row.ValidationMetrics.TryGetValue(ValidationMetrics.Auroc, out var auroc) && double.IsFinite(auroc) ? auroc : null,
        (true, _) => row.ValidationF1,
        (false, BestEpoch.Loss) => -row.Loss,
        (false, _) => row.F1,
    };

    private ValidationScore Validate(IBatchSource images)
    {
        if (!options.KeepMetricsRunning)
        {
            metrics["validation_f1"].Reset();
            singleLabel["validation_single_label"].Reset();
        }

        return Score(images, metrics["validation_f1"], singleLabel["validation_single_label"]);
    }

    private ValidationScore ScoreOfAverage(IBatchSource images)
    {
        using var f1 = new MultiLabelF1(decisions);
        using var ofArgmax = new SingleLabelScores();
        return Score(images, f1, ofArgmax);
    }

    private ValidationScore Score(IBatchSource images, Metric f1, SingleLabelScores ofArgmax)
    {
        using var scores = classifier.Score(images, progress: null, cancellationToken);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var probabilities = classifier.Activation.Probabilities(scores.Logits);
        f1.Update(probabilities, scores.Targets);
        ofArgmax.Update(probabilities, scores.Targets, scores.Targets);
        var batchLosses = scores.BatchLosses(loss, computation.Device, computation.WeightType);
        var mean = options.DivideValidationLossByTrainingBatches
            ? batchLosses.Sum(b => b.Loss) / train.BatchesPerEpoch
            : batchLosses.Sum(b => b.Loss * b.Count) / batchLosses.Sum(b => b.Count);
        var (accuracy, macroF1) = ofArgmax.Compute();
        var own = figures.Compute(probabilities, scores.Targets);
        return new ValidationScore(mean, f1.Compute(), own.GetValueOrDefault(ValidationMetrics.Auroc, double.NaN)) { Accuracy = accuracy, ArgmaxMacroF1 = macroF1, Figures = own };
    }

    private void TuneThresholds(IBatchSource images)
    {
        using var scores = classifier.Score(images, progress: null, cancellationToken);
        using var scope = NewDisposeScope();
        var tuned = ThresholdTuning.PerClass(classifier.Activation.Probabilities(scores.Logits), scores.Targets);
        classifier.Thresholds = tuned.Thresholds;
        logger.LogInformation("Thresholds tuned on the validation images: {Thresholds}", tuned.Thresholds);
    }

    private IEnumerable<KeyValuePair<string, Tensor>> State() =>
    [
        .. network.state_dict().Select(e => new KeyValuePair<string, Tensor>("network." + e.Key, e.Value)),
        .. optimizer.State.Select(e => new KeyValuePair<string, Tensor>("optimizer." + e.Key, e.Value)),
        .. (averaging?.Averages ?? movingAverage?.Averages ?? []).Select((average, i) => new KeyValuePair<string, Tensor>($"average.{i}", average)),
    ];

    private IEnumerable<KeyValuePair<string, Parameter>> Parameters() =>
        network.named_parameters().Select(p => new KeyValuePair<string, Parameter>("network." + p.name, p.parameter));

    private IEnumerable<KeyValuePair<string, Tensor>> MetricState() =>
        from metric in metrics.Select(e => (e.Key, State: e.Value.GetState())).Concat(singleLabel.Select(e => (e.Key, State: e.Value.GetState())))
        from state in metric.State
        select new KeyValuePair<string, Tensor>($"metric.{metric.Key}.{state.Key}", state.Value);

    /// <summary>Of the metrics, those of training gather on the device that is trained on, those of validation on the CPU.</summary>
    private void RestoreMetrics(Checkpoint checkpoint)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, metric) in metrics)
        {
            metric.Merge(StateOf(name));
        }

        foreach (var (name, scores) in singleLabel)
        {
            scores.Restore(StateOf(name));
        }

        Dictionary<string, Tensor> StateOf(string name) => checkpoint.WithPrefix($"metric.{name}.").ToDictionary(
            state => state.Key,
            state => name.StartsWith("training", StringComparison.Ordinal) ? state.Value.to(computation.Device) : state.Value,
            StringComparer.Ordinal);
    }

    private void Restore(Checkpoint checkpoint)
    {
        checkpoint.Restore(State());
        averaging?.Resume((int)checkpoint.Figures["averages"]!);
        movingAverage?.Resume((long)checkpoint.Figures["moving_average_steps"]!);
        best.Restore(checkpoint);
        if (processes is null or { IsMain: true })
        {
            GradientState.Restore(checkpoint, Parameters());
        }

        RandomState.Restore(checkpoint, processes, seed);
        RestoreMetrics(checkpoint);

        runner.Resume(checkpoint.Position, (double)checkpoint.Figures["loss_sum"]!);
        history = CheckpointFolder.Read<List<FineTuningEpoch>>(checkpoint.Figures["history"]!);
        lastLoss = CheckpointFolder.Read<double>(checkpoint.Figures["last_loss"]!);
        bestTrainingF1 = CheckpointFolder.Read<double>(checkpoint.Figures["best_training_f1"]!);
        bestValidation = new(
            CheckpointFolder.Read<double>(checkpoint.Figures["best_validation_loss"]!),
            CheckpointFolder.Read<double>(checkpoint.Figures["best_validation_f1"]!),
            checkpoint.Figures["best_validation_auroc"] is { } auroc ? CheckpointFolder.Read<double>(auroc) : double.NaN);
        stopping.State = CheckpointFolder.Read<EarlyStoppingState>(checkpoint.Figures["early_stopping"]!);
    }
}
