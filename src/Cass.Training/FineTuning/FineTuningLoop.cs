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
internal sealed class FineTuningLoop : IDisposable
{
    private readonly ImageClassifier classifier;
    private readonly Backbone network;
    private readonly double highestRate;
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
    private readonly LabelObjective ofLabels;
    private readonly Mixup mixup;
    private readonly long seed;
    private readonly TrainingProfile? profile;
    private List<FineTuningEpoch> history = [];
    private RunPosition position = new(Epoch: 1, Batch: 0, Step: 0);
    private double lastLoss = double.NaN;
    private double bestTrainingF1;
    private ValidationScore bestValidation = ValidationScore.None;

    public FineTuningLoop(ImageClassifier classifier, FineTuningOptions options, double highestRate, long seed, nn.Module<Tensor, Tensor, Tensor> loss, Computation computation, FineTuningLog log, ILogger logger, TrainingProfile? profile = null)
    {
        this.classifier = classifier;
        this.options = options;
        this.highestRate = highestRate;
        this.seed = seed;
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
        ofLabels = new LabelObjective(loss, smoothing);
        mixup = new Mixup(options.Mixup);
        best = new WeightSnapshot(network);
        stopping = new EarlyStopping(options.EarlyStoppingPatience, options.EarlyStoppingRule);
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
    }

    public Action<FineTuningEpoch>? EpochEnded { get; init; }

    /// <summary>What is learned from where it is not labels alone.</summary>
    public DistillationObjective? Distillation { get; init; }

    /// <summary>Whether the images are known to be of a problem with several labels an image, though each of them may have one.</summary>
    public bool IsMultiLabel { get; init; }

    private IFineTuningObjective Objective => Distillation is null ? ofLabels : Distillation;

    public IReadOnlyList<FineTuningEpoch> Run(
        IBatchSource train,
        IBatchSource? validation,
        Checkpointer checkpointer,
        Checkpoint? resumed,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var mode = computation.BeginRun();
        var gradients = new GradientStep(options.Optimizer, [optimizer], train.BatchesPerEpoch, profile: profile);
        var schedule = options.LearningRate.Create(highestRate, (long)gradients.StepsPerEpoch * options.Epochs);
        if (options.AverageWeightsFromEpoch > 0)
        {
            schedule = new LateConstantRate(schedule, (long)gradients.StepsPerEpoch * (options.AverageWeightsFromEpoch - 1), options.AverageLearningRate);
        }

        using var losses = new LossReader(Distillation is null ? "fine-tuning" : "distillation", train);
        var meter = new ProgressMeter(TrainingPhase.FineTuning, network.ModelName, options.Epochs, train.BatchesPerEpoch, progress, profile);
        var resumedLossSum = 0.0;
        if (resumed is not null)
        {
            Restore(resumed);
            resumedLossSum = (double)resumed.Figures["loss_sum"]!;
        }

        try
        {
            while (position.Epoch <= options.Epochs && !stopping.IsDue)
            {
                if (position.Batch == 0 && !options.KeepMetricsRunning)
                {
                    metrics["training_f1"].Reset();
                    metrics["training_recall"].Reset();
                    singleLabel["training_single_label"].Reset();
                }

                meter.BeginEpoch(position.Epoch, position.Batch, resumedLossSum);
                resumedLossSum = 0;
                var row = RunEpoch();
                history.Add(row);
                log.Epoch(row);
                if (averaging is not null && position.Epoch >= options.AverageWeightsFromEpoch)
                {
                    averaging.Update();
                }

                position = new(position.Epoch + 1, 0, position.Step);
                checkpointer.Save(() => Capture() with { Score = ScoreOf(row, validated: validation is not null) });
                EpochEnded?.Invoke(row);
            }
        }
        catch (OperationCanceledException)
        {
            checkpointer.SaveAtEnd(Capture);
            throw;
        }
        catch (TrainingFailedException error)
        {
            var explained = NonFiniteInputs.Explain(error, train);
            checkpointer.Record(explained ?? error);
            if (explained is not null)
            {
                throw explained;
            }

            throw;
        }

        UseTheBestWeights();
        network.eval();
        if (options.TuneThresholds && validation is not null)
        {
            TuneThresholds(validation, cancellationToken);
        }

        return history;

        void UseTheBestWeights()
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
                    logger.LogWarning("No weights were averaged: FineTuning.AverageWeightsFromEpoch is {From}, and early stopping ended the run after epoch {Last}.", options.AverageWeightsFromEpoch, position.Epoch - 1);
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
                    position.Epoch - 1,
                    position.Batch,
                    []);
            }

            if (validation is not null && bestValidation.IsBetterThan(ScoreOfAverage(validation, train.BatchesPerEpoch, cancellationToken), options.BestEpochRule))
            {
                best.Restore();
            }
        }

        IEnumerable<Tensor> TrainingImages()
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

        FineTuningEpoch RunEpoch()
        {
            var (rate, last) = TrainEpoch();
            var (imagesPerSecond, dataWait, meanLoss) = (meter.ImagesPerSecond, meter.DataWait, meter.MeanLoss);
            var f1 = metrics["training_f1"].Compute();
            var (accuracy, macroF1) = IsMultiLabel ? (null, null) : singleLabel["training_single_label"].Compute();
            var improved = f1 > bestTrainingF1;
            var judged = validation is not null && (improved || !options.ValidateOnlyOnImprovement) ? Judge(validation) : null;
            bestTrainingF1 = Math.Max(f1, bestTrainingF1);

            return new FineTuningEpoch(
                position.Epoch,
                options.LogLossOfLastBatch ? last : meanLoss,
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
                Accuracy = accuracy,
                ArgmaxMacroF1 = macroF1,
                ValidationAccuracy = accuracy is null ? null : judged?.Accuracy,
                ValidationArgmaxMacroF1 = accuracy is null ? null : judged?.ArgmaxMacroF1,
            };
        }

        ValidationScore? Judge(IBatchSource images)
        {
            movingAverage?.Swap();
            try
            {
                // Nothing of the run's state changes before this, the last point at which it can be cancelled.
                var score = Validate(images, train.BatchesPerEpoch, cancellationToken);
                stopping.Observe(score.Loss);
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

        (double Rate, double LastLoss) TrainEpoch()
        {
            freezing.Train();
            var (rate, last) = (schedule.RateAt(Math.Max(0, position.Step - 1)), lastLoss);
            foreach (var batch in meter.Reading(train.ReadEpoch(position.Epoch, position.Batch, cancellationToken)))
            {
                using (batch)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    using (profile?.Measure(TrainingProfile.Transfer, computation.Device))
                    {
                        batch.MoveTo(computation.Device, computation.WeightType);
                    }

                    rate = schedule.RateAt(position.Step);
                    var lesson = Prepare(batch);
                    var (logits, batchLoss, moved) = Step(lesson, rate);
                    if (moved)
                    {
                        movingAverage?.Update();
                    }

                    using var logging = profile?.Measure(TrainingProfile.Logging, computation.Device);
                    position = new(position.Epoch, position.Batch + 1, position.Step + (moved ? 1 : 0));
                    last = losses.Push(batchLoss, position.Epoch, position.Batch, batch.Indices) ?? last;
                    try
                    {
                        Observe(logits, lesson);
                    }
                    catch (CassInputException)
                    {
                        // Metrics refuse logits that are no numbers; the loss, which is none either, tells of which images.
                        losses.Flush();
                        throw;
                    }

                    meter.Batch(batch.Count, last, new Dictionary<string, double>(StringComparer.Ordinal) { ["learning rate"] = rate, ["gradient norm"] = gradients.Norms[0] });
                    if (moved && position.Batch < train.BatchesPerEpoch)
                    {
                        checkpointer.AfterStep(() =>
                        {
                            last = losses.Flush() ?? last;
                            return Capture();
                        });
                    }
                }

                if (position.Batch == train.BatchesPerEpoch)
                {
                    break;
                }
            }

            lastLoss = losses.Flush() ?? last;
            return (rate, lastLoss);
        }

        BatchLesson Prepare(ImageBatch batch)
        {
            var targets = Objective.TargetsOf(batch);

            // Of the batch alone, so that a run that goes on mixes as one that was not interrupted.
            var (images, mixed) = options.Mixup.IsOn
                ? mixup.Apply(batch.Images, targets, new Xoshiro256Random((ulong)seed, (ulong)position.Epoch, (ulong)position.Batch))
                : (batch.Images, targets);
            return Objective.Lesson(batch, images, mixed);
        }

        (Tensor Logits, Tensor Loss, bool Moved) Step(BatchLesson lesson, double rate)
        {
            try
            {
                gradients.Begin(position.Batch);
                var logits = Forward(lesson.Images);
                var batchLoss = Loss(logits, lesson);
                return (logits, batchLoss, gradients.Take(batchLoss, rate, position.Batch));
            }
            catch (Exception error) when (DeviceMemory.IsExhausted(error))
            {
                optimizer.ZeroGrad();
                throw DeviceMemory.Explain(error, "FineTuning", computation.Device, lesson.Images, count =>
                {
                    var first = lesson.First(count);
                    Objective.Loss(Forward(first.Images), first).backward();
                });
            }
        }

        Tensor Forward(Tensor images)
        {
            using var measurement = profile?.Measure(TrainingProfile.Forward(network.ModelName), computation.Device);
            using var forward = computation.BeginForward();
            return network.forward(images);
        }

        Tensor Loss(Tensor logits, BatchLesson lesson)
        {
            using var measurement = profile?.Measure(TrainingProfile.Loss, computation.Device);
            return Objective.Loss(logits, lesson);
        }

        RunState Capture() => new(
            position,
            [.. State(), .. best.State, .. MetricState(), .. gradients.IsWithinStep(position.Batch) ? GradientState.Of(Parameters()) : [], new(RandomState.Name, RandomState.Capture())],
            new JsonObject
            {
                ["loss_sum"] = position.Batch == 0 ? 0 : meter.LossSum,
                ["last_loss"] = CheckpointFolder.Describe(lastLoss),
                ["averages"] = averaging?.Count ?? 0,
                ["moving_average_steps"] = movingAverage?.Steps ?? 0,
                ["best_training_f1"] = CheckpointFolder.Describe(bestTrainingF1),
                ["best_validation_f1"] = CheckpointFolder.Describe(bestValidation.F1),
                ["best_validation_loss"] = CheckpointFolder.Describe(bestValidation.Loss),
                ["early_stopping"] = CheckpointFolder.Describe(stopping.State),
                ["history"] = CheckpointFolder.DescribeHistory(history),
            });
    }

    public void Dispose()
    {
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

    private void Observe(Tensor logits, BatchLesson lesson)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var (probabilities, present) = (classifier.Activation.Probabilities(logits), lesson.Targets.gt(KeptScalar.Of(0.5)));
        metrics["training_f1"].Update(probabilities, present);
        metrics["training_recall"].Update(probabilities, present);
        singleLabel["training_single_label"].Update(probabilities, lesson.Labels, lesson.Targets);
    }

    /// <summary>What the checkpoint of an epoch is the best by, the higher the better: the rule's first criterion; null where the epoch was not validated.</summary>
    private double? ScoreOf(FineTuningEpoch row, bool validated) => (validated, options.BestEpochRule) switch
    {
        (true, BestEpoch.Loss) => -row.ValidationLoss,
        (true, _) => row.ValidationF1,
        (false, BestEpoch.Loss) => -row.Loss,
        (false, _) => row.F1,
    };

    private ValidationScore Validate(IBatchSource validation, int trainingBatches, CancellationToken cancellationToken)
    {
        if (!options.KeepMetricsRunning)
        {
            metrics["validation_f1"].Reset();
            singleLabel["validation_single_label"].Reset();
        }

        return Score(validation, metrics["validation_f1"], singleLabel["validation_single_label"], trainingBatches, cancellationToken);
    }

    private ValidationScore ScoreOfAverage(IBatchSource validation, int trainingBatches, CancellationToken cancellationToken)
    {
        using var f1 = new MultiLabelF1(decisions);
        using var ofArgmax = new SingleLabelScores();
        return Score(validation, f1, ofArgmax, trainingBatches, cancellationToken);
    }

    private ValidationScore Score(IBatchSource validation, Metric f1, SingleLabelScores ofArgmax, int trainingBatches, CancellationToken cancellationToken)
    {
        using var scores = classifier.Score(validation, progress: null, cancellationToken);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var probabilities = classifier.Activation.Probabilities(scores.Logits);
        f1.Update(probabilities, scores.Targets);
        ofArgmax.Update(probabilities, scores.Targets, scores.Targets);
        var batchLosses = scores.BatchLosses(loss, computation.Device, computation.WeightType);
        var mean = options.DivideValidationLossByTrainingBatches
            ? batchLosses.Sum(b => b.Loss) / trainingBatches
            : batchLosses.Sum(b => b.Loss * b.Count) / batchLosses.Sum(b => b.Count);
        var (accuracy, macroF1) = ofArgmax.Compute();
        return new ValidationScore(mean, f1.Compute()) { Accuracy = accuracy, ArgmaxMacroF1 = macroF1 };
    }

    private void TuneThresholds(IBatchSource validation, CancellationToken cancellationToken)
    {
        using var scores = classifier.Score(validation, progress: null, cancellationToken);
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
        GradientState.Restore(checkpoint, Parameters());
        RandomState.Restore(checkpoint);
        RestoreMetrics(checkpoint);

        position = checkpoint.Position;
        history = CheckpointFolder.Read<List<FineTuningEpoch>>(checkpoint.Figures["history"]!);
        lastLoss = CheckpointFolder.Read<double>(checkpoint.Figures["last_loss"]!);
        bestTrainingF1 = CheckpointFolder.Read<double>(checkpoint.Figures["best_training_f1"]!);
        bestValidation = new(
            CheckpointFolder.Read<double>(checkpoint.Figures["best_validation_loss"]!),
            CheckpointFolder.Read<double>(checkpoint.Figures["best_validation_f1"]!));
        stopping.State = CheckpointFolder.Read<EarlyStoppingState>(checkpoint.Figures["early_stopping"]!);
    }
}
