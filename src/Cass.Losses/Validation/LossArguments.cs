using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Losses;

/// <summary>
/// Checks what a loss is called with. Shapes, types and devices are always checked, since the host knows them. Values
/// are checked where that costs no waiting, on the CPU; elsewhere an impossible value turns the loss into NaN.
/// </summary>
internal static class LossArguments
{
    // Shares that were rounded to bfloat16, of three digits, still add up to 1 within it.
    private const double ShareTolerance = 0.02;

    /// <summary>A shape as messages print it: <c>[16, 4]</c>.</summary>
    public static string ShapeOf(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    public static void RequireFloatingPoint(string loss, string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (!tensor.is_floating_point())
        {
            throw new ArgumentException($"{loss}: {name} {ShapeOf(tensor)} is {tensor.dtype}; it must be floating point.", name);
        }
    }

    public static void RequireSameDevice(string loss, string name, Tensor tensor, string otherName, Tensor other)
    {
        if (tensor.device_type != other.device_type || tensor.device_index != other.device_index)
        {
            throw new ArgumentException(
                $"{loss}: {name} {ShapeOf(tensor)} is on {tensor.device} and {otherName} {ShapeOf(other)} on {other.device}; both must be on one device.",
                otherName);
        }
    }

    /// <summary>Two floating-point tensors of one shape, type and device, not empty.</summary>
    public static void RequireAlike(string loss, string name, Tensor tensor, string otherName, Tensor other, string layout)
    {
        RequireFloatingPoint(loss, name, tensor);
        RequireFloatingPoint(loss, otherName, other);
        RequireSameShape(loss, name, tensor, otherName, other, layout);
        if (tensor.dtype != other.dtype)
        {
            throw new ArgumentException(
                $"{loss}: {name} {ShapeOf(tensor)} is {tensor.dtype} and {otherName} {ShapeOf(other)} is {other.dtype}; both must be of one type.",
                otherName);
        }

        RequireSameDevice(loss, name, tensor, otherName, other);
    }

    public static void RequireSameShape(string loss, string name, Tensor tensor, string otherName, Tensor other, string layout)
    {
        ArgumentNullException.ThrowIfNull(other, otherName);
        if (!tensor.shape.AsSpan().SequenceEqual(other.shape))
        {
            throw new ArgumentException(
                $"{loss}: {name} is {ShapeOf(tensor)} and {otherName} is {ShapeOf(other)}; both must be {layout}, of one shape.",
                otherName);
        }
    }

    public static void RequireNotEmpty(string loss, string name, Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            throw new ArgumentException($"{loss}: {name} is {ShapeOf(tensor)}, which holds nothing; leave empty batches out.", name);
        }
    }

    public static void RequireMatrix(string loss, string name, Tensor tensor, string layout)
    {
        if (tensor.dim() != 2)
        {
            throw new ArgumentException($"{loss}: {name} is {ShapeOf(tensor)}; it must be {layout}.", name);
        }
    }

    /// <summary>Half-precision tensors in float32, others as they are.</summary>
    public static Tensor ToComputeType(this Tensor tensor) =>
        tensor.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? tensor.to(ScalarType.Float32) : tensor;

    /// <summary>On the CPU, rejects targets that are not in [0, 1].</summary>
    public static void RequireUnitInterval(string loss, string name, Tensor targets)
    {
        if (targets.device_type != DeviceType.CPU || targets.dtype == ScalarType.Bool)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var (min, max) = targets.detach().aminmax();
        var low = min.ReadDouble();
        var high = max.ReadDouble();
        if (!(low >= 0 && high <= 1))
        {
            throw new CassInputException(
                $"{loss}: {name} {ShapeOf(targets)} has values from {low} to {high}; targets must lie in [0, 1].");
        }
    }

    /// <summary>Makes the loss NaN wherever a target is not in [0, 1], without waiting for the device.</summary>
    public static Tensor PoisonOutsideUnitInterval(Tensor loss, Tensor targets)
    {
        var inside = targets.ge(KeptScalar.Of(0L)).bitwise_and(targets.le(KeptScalar.One));
        return loss.masked_fill(inside.bitwise_not(), KeptScalar.Of(double.NaN));
    }

    /// <summary>Refuses class indices [batch] where a number for each class is wanted, and says what to do with them.</summary>
    public static void RequireNoClassIndices(string loss, Tensor logits, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (logits.dim() == 2 && targets.dim() == 1 && logits.shape[0] == targets.shape[0])
        {
            throw new ArgumentException(
                $"{loss}: logits are {ShapeOf(logits)} and targets {ShapeOf(targets)}, which read as class indices; it takes a 0 or 1 for each class. Give it nn.functional.one_hot(targets, {logits.shape[1]}), or take {nameof(SoftmaxFocalLoss)}, which takes indices.",
                nameof(targets));
        }
    }

    /// <summary>Int64 class indices [batch] for logits [batch, classes]; on the CPU, each below the number of classes.</summary>
    public static void RequireClassIndices(string loss, Tensor logits, Tensor targets)
    {
        RequireFloatingPoint(loss, nameof(logits), logits);
        ArgumentNullException.ThrowIfNull(targets);
        if (logits.dim() != 2 || targets.dim() != 1 || logits.shape[0] != targets.shape[0])
        {
            throw new ArgumentException(
                $"{loss}: logits are {ShapeOf(logits)} and targets {ShapeOf(targets)}; they must be [batch, classes] and class indices [batch].",
                nameof(targets));
        }

        if (targets.dtype != ScalarType.Int64)
        {
            throw new ArgumentException($"{loss}: targets {ShapeOf(targets)} are {targets.dtype}; class indices must be Int64.", nameof(targets));
        }

        RequireNotEmpty(loss, nameof(logits), logits);
        RequireSameDevice(loss, nameof(logits), logits, nameof(targets), targets);
        if (targets.device_type != DeviceType.CPU)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var (min, max) = targets.aminmax();
        if (min.ReadInt64() < 0 || max.ReadInt64() >= logits.shape[1])
        {
            throw new CassInputException(
                $"{loss}: targets {ShapeOf(targets)} go from {min.ReadInt64()} to {max.ReadInt64()}; for logits {ShapeOf(logits)} class indices go from 0 to {logits.shape[1] - 1}.");
        }
    }

    /// <summary>Shares of the classes, [batch, classes], for logits of that shape; on the CPU, each in [0, 1] and 1 in all.</summary>
    public static void RequireClassShares(string loss, Tensor logits, Tensor shares)
    {
        const string Layout = "[batch, classes]";
        RequireFloatingPoint(loss, nameof(logits), logits);
        RequireMatrix(loss, nameof(logits), logits, Layout);
        RequireSameShape(loss, nameof(logits), logits, "targets", shares, Layout);
        RequireNotEmpty(loss, nameof(logits), logits);
        RequireSameDevice(loss, nameof(logits), logits, "targets", shares);
        RequireUnitInterval(loss, "targets", shares);
        if (shares.device_type != DeviceType.CPU)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var (min, max) = shares.detach().to(ScalarType.Float64).sum(1).aminmax();
        var (least, most) = (min.ReadDouble(), max.ReadDouble());
        if (!(least >= 1 - ShareTolerance && most <= 1 + ShareTolerance))
        {
            throw new CassInputException(
                $"{loss}: targets {ShapeOf(shares)} add up to {least} to {most} for an image; a softmax decides between classes of which each image has exactly one, so that its targets add up to 1. Of images with several labels or none, each label takes a sigmoid of its own: {nameof(FocalLoss)}.");
        }
    }

    /// <summary>Makes the losses [batch] NaN where shares [batch, classes] are not in [0, 1] or do not add up to 1, without waiting for the device.</summary>
    public static Tensor PoisonWithoutShares(Tensor losses, Tensor shares)
    {
        var outside = shares.lt(KeptScalar.Of(0L)).bitwise_or(shares.gt(KeptScalar.One)).any(1);
        var sums = shares.sum(1);
        var unequal = sums.lt(KeptScalar.Of(1 - ShareTolerance)).bitwise_or(sums.gt(KeptScalar.Of(1 + ShareTolerance)));
        return losses.masked_fill(outside.bitwise_or(unequal), KeptScalar.Of(double.NaN));
    }

    /// <summary>
    /// What each row of [batch, classes] holds for its class, as [batch]. Off the CPU, where indices are not checked, an
    /// impossible one yields NaN; an unguarded gather would abort the process.
    /// </summary>
    public static Tensor AtClass(Tensor values, Tensor indices)
    {
        if (values.device_type == DeviceType.CPU)
        {
            return values.gather(1, indices.unsqueeze(1)).squeeze(1);
        }

        return PoisonedAtClass(values, indices);
    }

    /// <summary>As <see cref="AtClass"/> does off the CPU.</summary>
    public static Tensor PoisonedAtClass(Tensor values, Tensor indices)
    {
        var nearest = indices.clamp(KeptScalar.Of(0L), KeptScalar.Of(values.shape[1] - 1));
        return values.gather(1, nearest.unsqueeze(1)).squeeze(1).masked_fill(nearest.ne(indices), KeptScalar.Of(double.NaN));
    }

    public static void RequireEmbeddings(string loss, string name, Tensor embeddings)
    {
        RequireFloatingPoint(loss, name, embeddings);
        RequireMatrix(loss, name, embeddings, "[batch, dimensions]");
        if (embeddings.shape[0] < 2 || embeddings.shape[1] == 0)
        {
            throw new ArgumentException(
                $"{loss}: {name} is {ShapeOf(embeddings)}; statistics over the batch need [batch, dimensions] with a batch of at least 2.", name);
        }
    }

    public static void RequireFinite(string loss, string name, double value, double minimum, bool inclusive = true)
    {
        if (!double.IsFinite(value) || value < minimum || (!inclusive && value <= minimum))
        {
            throw new ArgumentOutOfRangeException(
                name,
                value,
                $"{loss}: {name} is {value}; it must be a finite number {(inclusive ? "of at least" : "greater than")} {minimum}.");
        }
    }

    public static void RequireShare(string loss, string name, double value, bool oneAllowed)
    {
        if (!(value >= 0 && (oneAllowed ? value <= 1 : value < 1)))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{loss}: {name} is {value}; it must lie in [0, 1{(oneAllowed ? "]" : ")")}.");
        }
    }
}
