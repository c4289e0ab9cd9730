using System.Text.Json.Nodes;
using Cass.Metrics;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Trains the parts of a self-supervised method on unlabelled images.</summary>
internal sealed class PretrainingLoop : IDisposable
{
    private readonly ISelfSupervisedMethod method;
    private readonly PretrainingOptions options;
    private readonly Computation computation;
    private readonly string network;
    private readonly IRunLog log;
    private readonly ILogger logger;
    private readonly FeatureProbe? probe;
    private readonly TrainingProfile? profile;
    private readonly CollapseThresholds thresholds = new();
    private readonly IOptimizer[] optimizers;
    private readonly double highestRate;
    private List<PretrainingEpoch> history = [];
    private RunPosition position = new(Epoch: 1, Batch: 0, Step: 0);

    public PretrainingLoop(ISelfSupervisedMethod method, PretrainingOptions options, Computation computation, string network, IRunLog log, ILogger logger, FeatureProbe? probe = null, TrainingProfile? profile = null)
    {
        this.method = method;
        this.options = options;
        this.computation = computation;
        this.network = network;
        this.log = log;
        this.logger = logger;
        this.probe = probe;
        this.profile = profile;
        highestRate = options.LearningRate.Rate ?? new LearningRateOptions().Rate!.Value;
        optimizers = [.. method.Parts.Select(part => OptimizerFactory.Create(part.Modules, options.Optimizer, highestRate))];
    }

    public Action<PretrainingEpoch>? EpochEnded { get; init; }

    public IReadOnlyList<PretrainingEpoch> Run(
        IBatchSource source,
        Checkpointer checkpointer,
        Checkpoint? resumed,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var mode = computation.BeginRun();
        var batches = source.BatchesPerEpoch;
        var gradients = new GradientStep(options.Optimizer, optimizers, batches, options.ClearGradients, profile);
        var totalSteps = (long)gradients.StepsPerEpoch * options.Epochs;
        var schedule = options.LearningRate.Create(highestRate, totalSteps);
        using var losses = new LossReader("pretraining", source);
        var meter = new ProgressMeter(TrainingPhase.Pretraining, network, options.Epochs, batches, progress, profile);
        foreach (var module in method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)))
        {
            module.train();
        }

        if (resumed is not null)
        {
            Restore(resumed);
        }

        try
        {
            while (position.Epoch <= options.Epochs && !(options.StopWhenCollapsed && history is [.., { Verdict: CollapseVerdict.Collapsed }]))
            {
                meter.BeginEpoch(position.Epoch, position.Batch, (double?)resumed?.Figures["loss_sum"] ?? 0);
                resumed = null;
                RunEpoch();
            }
        }
        catch (OperationCanceledException)
        {
            checkpointer.SaveAtEnd(Capture);
            throw;
        }
        catch (TrainingFailedException error)
        {
            var explained = NonFiniteInputs.Explain(error, source);
            checkpointer.Record(explained ?? error);
            if (explained is not null)
            {
                throw explained;
            }

            throw;
        }

        return history;

        void RunEpoch()
        {
            var epoch = position.Epoch;
            var (rate, last) = (highestRate, double.NaN);
            var spread = new Dictionary<string, double>(StringComparer.Ordinal);
            var verdict = CollapseVerdict.Healthy;
            foreach (var batch in meter.Reading(source.ReadEpoch(epoch, position.Batch, cancellationToken)))
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
                    var (output, moved) = Step(batch.Views, rate);
                    using var given = output;
                    position = new(epoch, position.Batch + 1, position.Step + (moved ? 1 : 0));
                    if (moved)
                    {
                        method.AfterStep(position.Step, totalSteps);
                    }

                    using var logging = profile?.Measure(TrainingProfile.Logging, computation.Device);
                    last = losses.Push(output.Loss, epoch, position.Batch, batch.Indices) ?? last;
                    meter.Batch(batch.Count, last, Figures(rate, Norms()));
                    if (position.Batch == batches)
                    {
                        foreach (var (part, embeddings) in output.Embeddings)
                        {
                            var statistics = EmbeddingStatistics.Of(embeddings);
                            spread[part] = statistics.Spread;
                            verdict = (CollapseVerdict)Math.Max((int)verdict, (int)thresholds.Judge(statistics));
                        }
                    }
                    else if (moved)
                    {
                        checkpointer.AfterStep(() =>
                        {
                            last = losses.Flush() ?? last;
                            return Capture();
                        });
                    }
                }

                if (position.Batch == batches)
                {
                    // Not asking for more lets an epoch that is done be counted, even where the run was cancelled.
                    break;
                }
            }

            last = losses.Flush() ?? last;
            var (imagesPerSecond, duration, dataWait) = (meter.ImagesPerSecond, meter.EpochTime, meter.DataWait);
            var norms = method.Parts.Zip(Norms()).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
            var row = new PretrainingEpoch(epoch, meter.MeanLoss, last, rate, spread, verdict, imagesPerSecond, duration, dataWait, norms, Probe(epoch));
            history.Add(row);
            Log(row);
            position = new(epoch + 1, 0, position.Step);
            checkpointer.Save(() => Capture() with { Score = double.IsFinite(row.Loss) ? -row.Loss : null });
            EpochEnded?.Invoke(row);
        }

        Dictionary<string, double> Probe(int epoch)
        {
            var scores = new Dictionary<string, double>(StringComparer.Ordinal);
            if (probe is null || (epoch % probe.EveryEpochs != 0 && epoch != options.Epochs))
            {
                return scores;
            }

            foreach (var part in method.Parts)
            {
                foreach (var backbone in part.Modules.OfType<Backbone>())
                {
                    try
                    {
                        var score = probe.Score(backbone, cancellationToken);
                        scores[$"{part.Name} kNN accuracy"] = score.NearestNeighbours;
                        scores[$"{part.Name} linear accuracy"] = score.Linear;
                    }
                    catch (OperationCanceledException)
                    {
                        // The epoch is done and counts, without its scores; the run ends before the next step.
                        return scores;
                    }
                }
            }

            return scores;
        }

        (SelfSupervisedOutput Output, bool Moved) Step(IReadOnlyList<Tensor> views, double rate)
        {
            try
            {
                if (!options.UpdateWeights)
                {
                    using var guard = no_grad();
                    return (Forward(views), Moved: !gradients.IsWithinStep(position.Batch + 1));
                }

                gradients.Begin(position.Batch);
                var output = Forward(views);
                return (output, gradients.Take(output.Loss, rate, position.Batch));
            }
            catch (Exception error) when (DeviceMemory.IsExhausted(error))
            {
                foreach (var optimizer in optimizers)
                {
                    optimizer.ZeroGrad();
                }

                throw DeviceMemory.Explain(error, "Pretraining", computation.Device, views[0], count =>
                {
                    using var guard = options.UpdateWeights ? enable_grad() : no_grad();
                    using var output = Forward([.. views.Select(view => view.narrow(0, 0, count))]);
                    if (options.UpdateWeights)
                    {
                        output.Loss.backward();
                    }
                });
            }
        }

        IReadOnlyList<double> Norms() => options.UpdateWeights ? gradients.Norms : [];

        SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
        {
            using var forward = computation.BeginForward();
            return method.Forward(views);
        }

        RunState Capture() => new(
            position,
            [.. State(), .. options.ClearGradients && !gradients.IsWithinStep(position.Batch) ? [] : GradientState.Of(Parameters()), new(RandomState.Name, RandomState.Capture())],
            new JsonObject
            {
                ["loss_sum"] = position.Batch == 0 ? 0 : meter.LossSum,
                ["history"] = CheckpointFolder.DescribeHistory(history),
            });
    }

    public void Dispose()
    {
        foreach (var optimizer in optimizers)
        {
            optimizer.ZeroGrad();
            optimizer.Dispose();
        }
    }

    private void Restore(Checkpoint checkpoint)
    {
        checkpoint.Restore(State());
        GradientState.Restore(checkpoint, Parameters());
        RandomState.Restore(checkpoint);
        position = checkpoint.Position;
        history = CheckpointFolder.Read<List<PretrainingEpoch>>(checkpoint.Figures["history"]!);
    }

    /// <summary>Weights and moments.</summary>
    private IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        for (var i = 0; i < method.Parts.Count; i++)
        {
            var part = method.Parts[i];
            foreach (var (j, module) in part.Modules.Concat(part.Teachers).Index())
            {
                foreach (var (name, tensor) in module.state_dict())
                {
                    yield return new($"{part.Name}.{j}.{name}", tensor);
                }
            }

            foreach (var (name, tensor) in optimizers[i].State)
            {
                yield return new($"{part.Name}.optimizer.{name}", tensor);
            }
        }
    }

    private IEnumerable<KeyValuePair<string, Parameter>> Parameters() =>
        from part in method.Parts
        from module in part.Modules.Index()
        from parameter in module.Item.named_parameters()
        select new KeyValuePair<string, Parameter>($"{part.Name}.{module.Index}.{parameter.name}", parameter.parameter);

    /// <summary>Learning rate and gradient norm of each part, by its name.</summary>
    private Dictionary<string, double> Figures(double rate, IReadOnlyList<double> norms)
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (part, norm) in method.Parts.Zip(norms))
        {
            figures[$"{part.Name} learning rate"] = rate;
            figures[$"{part.Name} gradient norm"] = norm;
        }

        return figures;
    }

    private void Log(PretrainingEpoch row)
    {
        log.Scalar("Self-Supervised Loss/train", options.LogLossOfLastBatch ? row.LastLoss : row.Loss, row.Epoch);
        foreach (var (part, value) in row.EmbeddingStd)
        {
            log.Scalar($"Embedding std/{part}", value, row.Epoch);
        }

        foreach (var (part, norm) in row.GradientNorms)
        {
            log.Scalar($"Learning rate/{part}", row.LearningRate, row.Epoch);
            log.Scalar($"Gradient norm/{part}", norm, row.Epoch);
        }

        foreach (var (name, score) in row.Probes)
        {
            log.Scalar($"Probe/{name}", score, row.Epoch);
        }

        logger.LogInformation(
            "Pretraining epoch {Epoch}/{Epochs}: loss {Loss:0.000000}, learning rate {Rate:0.000e+0}, gradient norm {Norms}, embedding std {Spread}, {Probes}{ImagesPerSecond:0} images/s, {DataWait:P1} of the time waiting for images",
            row.Epoch,
            options.Epochs,
            options.LogLossOfLastBatch ? row.LastLoss : row.Loss,
            row.LearningRate,
            string.Join(", ", row.GradientNorms.Select(n => $"{n.Key} {n.Value:0.00}")),
            string.Join(", ", row.EmbeddingStd.Select(s => $"{s.Key} {s.Value:0.000}")),
            string.Concat(row.Probes.Select(p => $"{p.Key} {p.Value:0.000}, ")),
            row.ImagesPerSecond,
            row.DataWait);
        if (row.Verdict == CollapseVerdict.Collapsed)
        {
            logger.LogWarning(
                "The networks have collapsed in epoch {Epoch}: they give all images nearly the same embedding (spread {Spread}), whatever the loss says. Choose a safeguard (Pretraining.Safeguard) or a lower learning rate.",
                row.Epoch,
                string.Join(", ", row.EmbeddingStd.Select(s => $"{s.Key} {s.Value:0.0000}")));
        }
    }
}
