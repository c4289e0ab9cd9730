using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cass.Metrics;
using Cass.Models;
using Cass.Tests.Reference;
using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>
/// Single steps of both loops in float64, from a given state of weights, moments and gradients, against PyTorch's: to nine
/// digits, which no trajectory of a deep network keeps for long.
/// </summary>
/// <remarks>
/// Adam's first step divides each gradient by its own size: where one is all but nothing, as in deep networks some are, rounding decides what becomes of it, and
/// PyTorch's step differs from its own by more than that where its images are scaled by 1 + 1e-13. Ours is then allowed a few times what it differs from itself so.
/// </remarks>
[Trait("Category", "Reference")]
public sealed class StepTests
{
    private const double Tolerance = 1e-9;
    private const double Disturbance = 1e-13;
    private const double MostOfTheSpread = 10;

    public static TheoryData<string, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var file in ReferenceFolder.Names("steps*.json").Select(row => row.Data).Where(file => file != "none"))
            {
                using var document = Read(file);
                for (var i = 0; i < document.RootElement.GetProperty("cases").GetArrayLength(); i++)
                {
                    data.Add(file, i);
                }
            }

            if (data.Count == 0)
            {
                data.Add("none", 0);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_step_changes_weights_and_statistics_as_in_PyTorch(string file, int index)
    {
        ReferenceFolder.SkipWithoutFile(file);
        using var scope = NewDisposeScope();
        using var document = Read(file);
        var root = document.RootElement;
        var @case = new Case(root, root.GetProperty("cases")[index]);
        var far = Take().Where(change => change.Distance > Tolerance).ToDictionary(change => change.What, StringComparer.Ordinal);
        if (far.Count == 0)
        {
            return;
        }

        @case.Scale = 1 + Disturbance;
        foreach (var disturbed in Take())
        {
            if (far.TryGetValue(disturbed.What, out var change))
            {
                var spread = Math.Abs(disturbed.Actual - change.Actual) / change.Scale;
                Assert.True(
                    change.Distance <= MostOfTheSpread * spread,
                    string.Create(CultureInfo.InvariantCulture, $"{change.What}: {change.Actual:R} instead of {change.Expected:R}, a distance of {change.Distance:0.0e0}; with images scaled by 1 + {Disturbance:0e0} it moves by {spread:0.0e0} alone"));
            }
        }

        List<Change> Take() => string.Equals(@case.Text("phase"), "pretraining", StringComparison.Ordinal) ? Pretrain(@case) : FineTune(@case);
    }

    private static List<Change> Pretrain(Case @case)
    {
        using var cnn = @case.Create(@case.Text("cnn"), numClasses: 1000);
        using var transformer = @case.Create(@case.Text("transformer"), numClasses: 1000);
        Backbone[] networks = [cnn, transformer];
        var before = networks.Select(Copies).ToArray();
        var options = Options(CassRecipe.Published).Pretraining;
        (options.Epochs, options.ClearGradients) = (1, @case.Value.GetProperty("clear_gradients").GetBoolean());
        using var method = new CassMethod(cnn, transformer, new CassMethodOptions { Safeguard = CollapseSafeguard.None, Augmentation = PretrainingAugmentation.Published });
        var losses = new LossRecorder();
        var log = new PretrainingLog(new SilentLog(), NullLogger.Instance, options);
        using (var loop = new PretrainingLoop(method, options, new Computation(CPU, NumericPrecision.Float64), @case.Batches(), Unsaved(), log, probe: null, ownSchedule: null, profile: null, processes: null, seed: 0, losses, TestContext.Current.CancellationToken))
        {
            using var start = @case.Step == 0 ? null : new Checkpoint(
                "start",
                new RunPosition(1, @case.Step, @case.Step),
                method.Parts.Zip(networks).SelectMany(pair => State($"{pair.First.Name}.0.", $"{pair.First.Name}.optimizer.0.", pair.Second, OptimizerKind.Adam, @case.Step, withGradients: !options.ClearGradients)).ToDictionary(StringComparer.Ordinal),
                new JsonObject { ["loss_sum"] = 0.0, ["history"] = new JsonArray() });
            loop.Run(start);
        }

        Assert.Equal(@case.Loss, losses.Values[^1], Tolerance);
        var expected = @case.Value.GetProperty("changes");
        return [.. @case.Changes(cnn, before[0], expected.GetProperty("cnn")), .. @case.Changes(transformer, before[1], expected.GetProperty("transformer"))];
    }

    private static List<Change> FineTune(Case @case)
    {
        var labels = LabelMap.BrainTumorMri;
        var network = @case.Create(@case.Text("network"), labels.Count);
        var before = Copies(network);
        var kind = Enum.Parse<OptimizerKind>(@case.Text("optimizer"));
        var options = Options(CassRecipe.Published).FineTuning;
        options.Epochs = 1;
        options.Optimizer = new OptimizerOptions { Kind = kind, WeightDecay = kind switch { OptimizerKind.AdamW => 0.05, OptimizerKind.Sgd => 1e-4, _ => 0 } };
        options.LearningRate.Rate = kind == OptimizerKind.Sgd ? 1e-2 : 3e-4;
        if (@case.Value.TryGetProperty("loss_name", out var lossName))
        {
            (options.Loss, options.FocalAlpha, options.LabelSmoothing) = (Enum.Parse<FineTuningLoss>(lossName.GetString()!), @case.Value.GetProperty("alpha").GetDouble(), @case.Value.GetProperty("smoothing").GetDouble());
        }

        double[] weights = [0.2, 0.5970802919708029, 1.0, 0.25255474452554744];
        using var teacher = @case.Teacher(labels, options);
        var computation = new Computation(CPU, NumericPrecision.Float64);
        using var distillation = teacher is null ? null : new DistillationObjective(new Teaching(teacher, @case.Labeled(), IsSingleLabel: true), options, weights, computation, profile: null);
        var loss = FineTuningLosses.Create(options, weights);
        using var classifier = new ImageClassifier(network, labels, @case.Size, @case.Size, Cass.Data.ChannelStatistics.BrainTumorMri, DecisionThresholds.Half, loss, options.Loss.Activation());
        var losses = new LossRecorder();
        var log = new FineTuningLog(new SilentLog(), "fine-tuning", NullLogger.Instance, network, options);
        using (var loop = new FineTuningLoop(classifier, options, options.LearningRate.Rate!.Value, seed: 0, loss, distillation, new ValidationMetrics([], BestEpoch.Loss), ownSchedule: null, computation, @case.Batches(labels.Count), validation: null, Unsaved(), log, NullLogger.Instance, profile: null, processes: null, losses, TestContext.Current.CancellationToken))
        {
            using var start = @case.Step == 0 ? null : new Checkpoint(
                "start",
                new RunPosition(1, @case.Step, @case.Step),
                State("network.", "optimizer.0.", network, kind, @case.Step, withGradients: false)
                    .Concat(Metrics())
                    .ToDictionary(StringComparer.Ordinal),
                new JsonObject
                {
                    ["loss_sum"] = 0.0,
                    ["last_loss"] = 0.0,
                    ["averages"] = 0,
                    ["best_training_f1"] = 0.0,
                    ["best_validation_f1"] = 0.0,
                    ["best_validation_loss"] = 0.0,
                    ["early_stopping"] = CheckpointFolder.Describe(new EarlyStoppingState(1, 0)),
                    ["history"] = new JsonArray(),
                });
            loop.Run(start);
        }

        Assert.Equal(@case.Loss, losses.Values[^1], Tolerance);
        return @case.Changes(network, before, @case.Value.GetProperty("changes"));
    }

    /// <summary>Weights, moments and kept gradients at the beginning of a later step.</summary>
    private static IEnumerable<KeyValuePair<string, Tensor>> State(string prefix, string optimizerPrefix, Backbone network, OptimizerKind kind, int step, bool withGradients)
    {
        foreach (var (name, tensor) in network.state_dict())
        {
            yield return new(prefix + name, tensor.clone());
        }

        foreach (var (name, parameter) in network.named_parameters())
        {
            if (kind == OptimizerKind.Sgd)
            {
                yield return new($"{optimizerPrefix}{name}.momentum_buffer", Noise("moment", u => 1e-2 * u));
            }
            else
            {
                yield return new($"{optimizerPrefix}{name}.exp_avg", Noise("moment", u => 1e-3 * u));
                yield return new($"{optimizerPrefix}{name}.exp_avg_sq", Noise("square", u => 1e-6 * (1 + (0.5 * u))));
                yield return new($"{optimizerPrefix}{name}.step", tensor((float)step));
            }

            if (withGradients)
            {
                yield return new($"{prefix}{name}.grad", Noise("gradient", u => 1e-2 * u));
            }

            Tensor Noise(string what, Func<double, double> value) => StepNoise.Of($"{what}/{network.ModelName}/{name}", parameter.shape, value);
        }
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Metrics()
    {
        foreach (var (name, metric) in new Dictionary<string, Metric> { ["training_f1"] = new MultiLabelF1(), ["training_recall"] = new Recall(), ["validation_f1"] = new MultiLabelF1() })
        {
            using (metric)
            {
                metric.Update(zeros(1, 4), zeros(1, 4));
                foreach (var (key, value) in metric.GetState())
                {
                    yield return new($"metric.{name}.{key}", value);
                }
            }
        }
    }

    private static CassOptions Options(CassRecipe recipe)
    {
        var options = new CassOptions();
        recipe.Apply(options);
        return options;
    }

    private static Checkpointer Unsaved() => new(store: null, failureFile: null, TimeSpan.MaxValue, NullLogger.Instance);

    private static Dictionary<string, Tensor> Copies(Backbone network) =>
        StepNoise.Tensors(network).ToDictionary(e => e.Key, e => e.Value.detach().clone(), StringComparer.Ordinal);

    private static JsonDocument Read(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(ReferenceFolder.Path, file)));

    /// <summary>One step of the file.</summary>
    private sealed class Case(JsonElement root, JsonElement value)
    {
        public JsonElement Value { get; } = value;

        public int Size { get; } = root.GetProperty("size").GetInt32();

        public int Step => Value.GetProperty("step").GetInt32();

        public double Loss => Value.GetProperty("loss").GetDouble();

        private int BatchSize { get; } = root.GetProperty("batch").GetInt32();

        /// <summary>What the images of the step are multiplied with.</summary>
        public double Scale { get; set; } = 1;

        public string Text(string name) => Value.GetProperty(name).GetString()!;

        public Backbone Create(string name, int numClasses)
        {
            var network = BackboneRegistry.Default.Create(name, new BackboneOptions { NumClasses = numClasses, ImageHeight = Size, ImageWidth = Size });
            network.to(ScalarType.Float64);
            StepNoise.Fill(network);
            return network;
        }

        /// <summary>The teacher that a network learns from in the step, if any; sets what the options say of it.</summary>
        public ImageClassifier? Teacher(LabelMap labels, FineTuningOptions options)
        {
            if (!Value.TryGetProperty("teacher", out var name))
            {
                return null;
            }

            (options.Distillation.Temperature, options.Distillation.Weight) = (Value.GetProperty("temperature").GetDouble(), Value.GetProperty("weight").GetDouble());
            return new ImageClassifier(Create(name.GetString()!, labels.Count), labels, Size, Size, Cass.Data.ChannelStatistics.BrainTumorMri, DecisionThresholds.Half, activation: options.Loss.Activation());
        }

        /// <summary>Positions of the images of the step that have a label.</summary>
        public HashSet<int> Labeled() => [.. Value.GetProperty("labelled").EnumerateArray().Select(e => (Step * BatchSize) + e.GetInt32())];

        /// <summary>So many batches that the step is the last of its epoch.</summary>
        public TensorBatches Batches(int classes = 0) => new(
            Step + 1,
            BatchSize,
            batch => StepNoise.Of(string.Create(CultureInfo.InvariantCulture, $"images/{batch}"), [BatchSize, 3, Size, Size], u => u * Scale),
            classes == 0 ? null : (Func<int, Tensor>)(batch => eye(classes, dtype: ScalarType.Float64).index_select(0, tensor([.. Enumerable.Range(0, BatchSize).Select(j => (long)((batch + j) % classes))]))));

        public List<Change> Changes(Backbone network, Dictionary<string, Tensor> before, JsonElement expected)
        {
            using var guard = no_grad();
            string[] names = [.. root.GetProperty("names").GetProperty(network.ModelName).EnumerateArray().Select(e => e.GetString()!)];
            var after = StepNoise.Tensors(network);
            Assert.Equal(names.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
            var changes = new List<Change>();
            foreach (var (name, row) in names.Zip(expected.EnumerateArray()))
            {
                var change = after[name] - before[name];
                var (norm, product) = (row[0].GetDouble(), row[1].GetDouble());
                changes.Add(new($"norm of the change of {network.ModelName}'s {name}", norm, change.norm().item<double>(), norm));
                changes.Add(new($"change of {network.ModelName}'s {name}", product, (change * StepNoise.Of($"sketch/{network.ModelName}/{name}", change.shape)).sum().item<double>(), norm));
            }

            return changes;
        }
    }

    /// <summary>A number of how a tensor changed in the step, by PyTorch and by this library.</summary>
    private sealed record Change(string What, double Expected, double Actual, double Scale)
    {
        public double Distance => Scale == 0 ? Math.Abs(Actual - Expected) : Math.Abs(Actual - Expected) / Scale;
    }
}
