using System.Globalization;
using System.Text.Json.Nodes;
using Cass.Metrics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Trains the parts of a self-supervised method on unlabelled images.</summary>
internal sealed class PretrainingLoop : IEpochs, IDisposable
{
    private readonly ISelfSupervisedMethod method;
    private readonly PretrainingOptions options;
    private readonly Computation computation;
    private readonly IBatchSource source;
    private readonly PretrainingLog log;
    private readonly FeatureProbe? probe;
    private readonly CancellationToken cancellationToken;
    private readonly IOptimizer[] optimizers;
    private readonly double peakRate;
    private readonly GradientStep gradients;
    private readonly ILearningRateSchedule schedule;
    private readonly LossReader losses;
    private readonly ProgressMeter meter;
    private readonly EpochRunner runner;
    private readonly long totalSteps;
    private readonly DistributedRun? processes;
    private readonly GradientReduction? reduction;
    private readonly long seed;
    private readonly CancellationToken stop;
    private readonly EmbeddingSample embeddings = new();
    private readonly JudgedProgress judged = new();
    private readonly OutputCheck outputs;
    private readonly Dictionary<string, double> figures = new(StringComparer.Ordinal);
    private List<PretrainingEpoch> history = [];
    private SelfSupervisedOutput? output;
    private TrainingStep step;

    public PretrainingLoop(
        ISelfSupervisedMethod method,
        PretrainingOptions options,
        Computation computation,
        IBatchSource source,
        Checkpointer checkpointer,
        PretrainingLog log,
        FeatureProbe? probe,
        ILearningRateSchedule? ownSchedule,
        TrainingProfile? profile,
        DistributedRun? processes,
        long seed,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        this.method = method;
        this.options = options;
        this.computation = computation;
        this.source = source;
        this.log = log;
        this.probe = probe;
        this.processes = processes;
        this.seed = seed;
        stop = cancellationToken;
        this.cancellationToken = processes is null ? cancellationToken : CancellationToken.None;
        outputs = new OutputCheck(method.Name, options.UpdateWeights);
        peakRate = PeakRate(options);
        optimizers = [.. method.Parts.Select(part => OptimizerFactory.Create(part, options.Optimizer, peakRate))];
        reduction = processes is null ? null : new GradientReduction(processes.Group, Parameters().Select(parameter => parameter.Value), profile);
        gradients = new GradientStep(options.Optimizer, optimizers, source.BatchesPerEpoch, options.ClearGradients, profile, reduction);
        totalSteps = GradientStep.TotalSteps(options.Optimizer, source.BatchesPerEpoch, options.Epochs);
        schedule = ownSchedule ?? options.LearningRate.Create(peakRate, totalSteps);
        losses = new LossReader("pretraining", source);
        meter = new ProgressMeter(TrainingPhase.Pretraining, string.Join(" + ", method.Backbones.Values.Select(b => b.ModelName)), options.Epochs, source.BatchesPerEpoch, progress, profile);
        runner = new EpochRunner("Pretraining", source, computation, gradients, losses, meter, checkpointer, profile, processes, [.. Modules]);
    }

    /// <summary>The highest learning rate of a run.</summary>
    public static double PeakRate(PretrainingOptions options) => options.LearningRate.Rate ?? new LearningRateOptions().Rate!.Value;

    public Action<PretrainingEpoch>? EpochEnded { get; init; }

    public bool IsDone => options.StopWhenCollapsed && history is [.., { Verdict: CollapseVerdict.Collapsed }];

    public IReadOnlyList<PretrainingEpoch> Run(Checkpoint? resumed)
    {
        using var mode = computation.BeginRun();
        foreach (var module in Modules)
        {
            module.train();
        }

        processes?.SeedApart(seed);
        if (resumed is not null)
        {
            Restore(resumed);
        }

        try
        {
            runner.Run(this, options.Epochs, stop);
            return history;
        }
        finally
        {
            // Whatever modes a method computes in, and however the run ends: one in which no layer differs from the others.
            foreach (var network in method.Backbones.Values)
            {
                network.train();
            }
        }
    }

    public void Begin(RunPosition position)
    {
    }

    public StepResult Step(ImageBatch batch, RunPosition position)
    {
        step = new TrainingStep
        {
            Step = position.Step,
            TotalSteps = totalSteps,
            Epoch = position.Epoch,
            Epochs = options.Epochs,
            LearningRate = schedule.RateAt(position.Step),
            PeakLearningRate = peakRate,
        };
        method.BeforeStep(step);
        if (!options.UpdateWeights)
        {
            using var guard = no_grad();
            output = Forward(batch.Views);
            return new(output.Loss, Moved: !gradients.IsWithinStep(position.Batch + 1));
        }

        gradients.Begin(position.Batch);
        output = Forward(batch.Views);
        return new(output.Loss, gradients.Take(output.Loss, step.LearningRate, position.Batch, BeforeUpdate, output.Networks));
    }

    public void Retry(ImageBatch batch, int count)
    {
        using var guard = options.UpdateWeights ? enable_grad() : no_grad();
        using var ofFewer = Forward([.. batch.Views.Select(view => view.narrow(0, 0, count))]);
        if (options.UpdateWeights)
        {
            ofFewer.Loss.backward();
            ofFewer.Networks?.Backward();
        }
    }

    public void AfterStep(RunPosition position) => method.AfterStep(step);

    public IReadOnlyDictionary<string, double> Observe(ImageBatch batch, RunPosition position)
    {
        embeddings.Add(output!.Embeddings, source.BatchesPerEpoch - position.Batch);
        judged.Add(output.JudgedLoss is { } judgedLoss ? DistributedBatch.MeanOfShares(judgedLoss) : null);
        if (position.Batch == source.BatchesPerEpoch)
        {
            figures.Clear();
            foreach (var (name, value) in output.Figures)
            {
                figures[name] = DistributedBatch.MeanOfShares(value).ReadDouble();
            }
        }

        output.Dispose();
        output = null;
        var present = new Dictionary<string, double>(StringComparer.Ordinal);
        if (options.UpdateWeights)
        {
            foreach (var (i, part) in method.Parts.Index())
            {
                present[$"{part.Name} learning rate"] = RateOf(part);
                present[$"{part.Name} gradient norm"] = gradients.Norms[i];
            }
        }

        return present;
    }

    public double? End(int epoch, double lastLoss)
    {
        var collapse = embeddings.Judge();
        var byPart = options.UpdateWeights ? method.Parts.Index().ToDictionary(part => part.Item.Name, part => (Rate: RateOf(part.Item), Norm: gradients.Norms[part.Index]), StringComparer.Ordinal) : [];
        var row = new PretrainingEpoch(
            epoch,
            meter.MeanLoss,
            lastLoss,
            step.LearningRate,
            collapse?.Networks.ToDictionary(network => network.Name, network => network.Statistics.Spread, StringComparer.Ordinal) ?? [],
            collapse?.Verdict,
            meter.ImagesPerSecond,
            meter.EpochTime,
            meter.DataWait,
            byPart.ToDictionary(part => part.Key, part => part.Value.Norm, StringComparer.Ordinal),
            Probe(epoch))
        {
            LearningRates = byPart.ToDictionary(part => part.Key, part => part.Value.Rate, StringComparer.Ordinal),
            Figures = new Dictionary<string, double>(figures, StringComparer.Ordinal),
            JudgedLoss = judged.End(),
        };
        history.Add(row);
        log.Epoch(row, collapse);
        return (row.JudgedLoss ?? row.Loss) is var lowest && double.IsFinite(lowest) ? -lowest : null;
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
        [.. State(), .. embeddings.State(), .. judged.State(), .. GradientsBetweenSteps(), .. RandomState.Of(processes)],
        new JsonObject
        {
            ["loss_sum"] = runner.LossSum,
            ["history"] = CheckpointFolder.DescribeHistory(history),
        });

    public void Dispose()
    {
        embeddings.Dispose();
        judged.Dispose();
        losses.Dispose();
        reduction?.Dispose();
        output?.Dispose();
        foreach (var optimizer in optimizers)
        {
            optimizer.ZeroGrad();
            optimizer.Dispose();
        }
    }

    private void BeforeUpdate()
    {
        foreach (var (i, part) in method.Parts.Index())
        {
            optimizers[i].LearningRate = RateOf(part);
            optimizers[i].WeightDecayScale = part.WeightDecay is { } decay ? Checked(decay(step), part, nameof(TrainablePart.WeightDecay), "weight decay") : 1;
        }

        method.AfterBackward(step);
    }

    private double RateOf(TrainablePart part) =>
        part.LearningRate is { } rate ? Checked(rate(step), part, nameof(TrainablePart.LearningRate), "learning rate") : step.LearningRate;

    private double Checked(double value, TrainablePart part, string curve, string what) => double.IsFinite(value) && value >= 0
        ? value
        : throw new CassInputException(string.Create(CultureInfo.InvariantCulture, $"{method.Name} gives its part '{part.Name}' the {what} {value} at step {step.Step} of {totalSteps}; it is a finite number of at least 0: mend {nameof(TrainablePart)}.{curve} of the part."));

    private SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        SelfSupervisedOutput made;
        using (computation.BeginForward())
        {
            made = method.Forward(views);
        }

        outputs.Require(made, views[0].shape[0]);
        return made;
    }

    private Dictionary<string, double> Probe(int epoch)
    {
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        if (probe is null || processes is { IsMain: false } || (epoch % probe.EveryEpochs != 0 && epoch != options.Epochs))
        {
            return scores;
        }

        foreach (var (name, backbone) in method.Backbones)
        {
            try
            {
                var score = probe.Score(backbone, cancellationToken);
                scores[$"{name} kNN accuracy"] = score.NearestNeighbors;
                scores[$"{name} linear accuracy"] = score.Linear;
            }
            catch (OperationCanceledException)
            {
                // The epoch is done and counts, without its scores; the run ends before the next step.
                return scores;
            }
        }

        return scores;
    }

    private void Restore(Checkpoint checkpoint)
    {
        checkpoint.Restore(State());
        if (processes is null or { IsMain: true })
        {
            GradientState.Restore(checkpoint, Parameters());
        }

        RandomState.Restore(checkpoint, processes, seed);
        embeddings.Restore(checkpoint);
        judged.Restore(checkpoint, computation.Device);
        history = CheckpointFolder.Read<List<PretrainingEpoch>>(checkpoint.Figures["history"]!);
        runner.Resume(checkpoint.Position, (double)checkpoint.Figures["loss_sum"]!);
    }

    /// <summary>Weights, moments, and what the method remembers.</summary>
    private IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        foreach (var (i, part) in method.Parts.Index())
        {
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

        foreach (var (name, tensor) in method.State)
        {
            yield return new($"method.{name}", tensor);
        }
    }

    private IEnumerable<KeyValuePair<string, Tensor>> GradientsBetweenSteps()
    {
        var isWithinStep = gradients.IsWithinStep(runner.Position.Batch);
        if (isWithinStep)
        {
            gradients.GatherIncomplete();
        }

        return options.ClearGradients && !isWithinStep ? [] : GradientState.Of(Parameters());
    }

    private IEnumerable<nn.Module> Modules => method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers));

    private IEnumerable<KeyValuePair<string, Parameter>> Parameters() =>
        from part in method.Parts
        from module in part.Modules.Index()
        from parameter in module.Item.named_parameters()
        select new KeyValuePair<string, Parameter>($"{part.Name}.{module.Index}.{parameter.name}", parameter.parameter);
}
