using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>Checks of what the host knows of a batch: shapes, types, devices.</summary>
internal static class MetricArguments
{
    /// <summary>A shape as messages print it: <c>[16, 4]</c>.</summary>
    public static string ShapeOf(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    public static void RequireScores(string metric, Tensor scores, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(targets);
        if (scores.dim() != 2 || scores.shape[1] == 0)
        {
            throw new ArgumentException(
                $"{metric}: scores are {ShapeOf(scores)} and targets {ShapeOf(targets)}; scores must be [batch, classes] with at least one class.",
                nameof(scores));
        }

        if (!scores.is_floating_point())
        {
            throw new ArgumentException($"{metric}: scores {ShapeOf(scores)} are {scores.dtype}; they must be floating point.", nameof(scores));
        }

        if (targets.dim() == 1 && targets.dtype == ScalarType.Int64)
        {
            if (targets.shape[0] != scores.shape[0])
            {
                throw new ArgumentException(
                    $"{metric}: scores are {ShapeOf(scores)} and targets {ShapeOf(targets)}; there must be one class index for each of the {scores.shape[0]} rows.",
                    nameof(targets));
            }
        }
        else if (!scores.shape.AsSpan().SequenceEqual(targets.shape))
        {
            throw new ArgumentException(
                $"{metric}: scores are {ShapeOf(scores)} and targets {ShapeOf(targets)}; targets must be [batch, classes] like the scores, or Int64 class indices [batch].",
                nameof(targets));
        }

        if (targets.is_complex())
        {
            throw new ArgumentException($"{metric}: targets {ShapeOf(targets)} are {targets.dtype}; they must be 0 and 1 of a real type or bool.", nameof(targets));
        }

        RequireSameDevice(metric, "scores", scores, "targets", targets);
    }

    public static void RequireSameDevice(string metric, string name, Tensor tensor, string otherName, Tensor other)
    {
        if (!SameDevice(tensor.device, other.device))
        {
            throw new ArgumentException(
                $"{metric}: {name} {ShapeOf(tensor)} are on {tensor.device} and {otherName} {ShapeOf(other)} on {other.device}; both must be on one device.",
                otherName);
        }
    }

    public static bool SameDevice(Device left, Device right) => left.type == right.type && left.index == right.index;

    /// <summary>Half-precision tensors in float32, which holds their values exactly; others as they are.</summary>
    public static Tensor ToComputeType(Tensor tensor) =>
        tensor.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? tensor.to(ScalarType.Float32) : tensor;
}
