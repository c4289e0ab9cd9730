using System.Runtime;
using Cass.Data;
using Cass.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

/// <summary>What the tests of single methods share.</summary>
internal static class TinySteps
{
    /// <summary>A step of a run of ten steps and, unless said otherwise, one epoch.</summary>
    public static TrainingStep At(long step, int epoch = 1, int epochs = 1) =>
        new() { Step = step, TotalSteps = 10, Epoch = epoch, Epochs = epochs, LearningRate = 1e-4, PeakLearningRate = 1e-3 };

    /// <summary>The views of a batch of tiny images.</summary>
    public static Tensor[] Views(ISelfSupervisedMethod method, int batchSize = 4, int size = 32) =>
        new ViewBatches(method.CreateViews(size, size, ViewBatches.Normalization), 1, batchSize).Views(0);

    /// <summary>The pooled features, by the two steps of the network.</summary>
    public static Tensor Pooled(Backbone network, Tensor images) => network.ForwardHead(network.ForwardFeatures(images), preLogits: true);

    /// <summary>
    /// The plain forward pass of a head. TorchSharp's batch norm counts its batches by a number that a garbage collection may free under it
    /// (docs/native-memory.md), so that none may come meanwhile.
    /// </summary>
    public static Tensor Run(nn.Module head, Tensor input)
    {
        var isHeldOff = GC.TryStartNoGCRegion(64 << 20);
        try
        {
            return ((nn.Module<Tensor, Tensor>)head).forward(input);
        }
        finally
        {
            // Over when another thread has allocated more than was set aside.
            if (isHeldOff && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            {
                GC.EndNoGCRegion();
            }
        }
    }

    public static double Cosine(Tensor a, Tensor b) => nn.functional.cosine_similarity(a, b, dim: 1).mean().ToDouble();

    /// <summary>The mean over rows of −log softmax at the row's own number.</summary>
    public static double CrossEntropyAt(double[][] logits, Func<int, int> own) =>
        logits.Select((row, i) => Math.Log(row.Sum(Math.Exp)) - row[own(i)]).Average();

    /// <summary>The probability of the blur, which is the second of the steps that are applied with one.</summary>
    public static double BlurProbability(ImagePipeline pipeline) =>
        pipeline.Transforms.OfType<RandomApply>().Single(apply => apply.Steps is [GaussianBlur]).Probability;

    public static ColorJitter Jitter(ImagePipeline pipeline) =>
        (ColorJitter)pipeline.Transforms.OfType<RandomApply>().Single(apply => apply.Steps is [ColorJitter]).Steps[0];

    public static RandomResizedCrop Crop(ImagePipeline pipeline) => (RandomResizedCrop)pipeline.Transforms[0];

    /// <summary>Epochs on tiny images, 32 of them in one batch, augmented anew each time.</summary>
    public static IReadOnlyList<PretrainingEpoch> Pretrain(ISelfSupervisedMethod method, int epochs, double learningRate)
    {
        var options = new PretrainingOptions { Epochs = epochs, BatchSize = 32 };
        (options.LearningRate.Rate, options.LearningRate.Schedule, options.Optimizer.WeightDecay) = (learningRate, ScheduleKind.Constant, 0);
        using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu" }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return pretrainer.Run(TinyTraining.Images(32).Images).History;
    }

    /// <summary>One step at a constant rate.</summary>
    public static void TakeOne(ISelfSupervisedMethod method, OptimizerOptions optimizer, double learningRate)
    {
        var options = new PretrainingOptions { Epochs = 1, Optimizer = optimizer };
        (options.LearningRate.Rate, options.LearningRate.Schedule) = (learningRate, ScheduleKind.Constant);
        using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu" }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        pretrainer.Run(new ViewBatches(method.CreateViews(32, 32, ViewBatches.Normalization), batches: 1, batchSize: 8));
    }

    /// <summary>A parameter's values before and after an action.</summary>
    public static (float[] Before, float[] After) Around(Tensor parameter, Action action)
    {
        var before = Values(parameter);
        action();
        return (before, Values(parameter));
    }

    public static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().contiguous().reshape(-1).data<float>().ToArray();
    }
}
