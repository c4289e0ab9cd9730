using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Holds what a method's forward pass gave against its contract, without waiting for the device.</summary>
/// <param name="method">The method's name.</param>
/// <param name="trains">Whether the loss needs a gradient.</param>
internal sealed class OutputCheck(string method, bool trains)
{
    private readonly Dictionary<string, long> dimensions = new(StringComparer.Ordinal);
    private bool? isJudged;

    /// <summary>Refuses an output that nothing can be done with.</summary>
    /// <param name="output">What the method gave.</param>
    /// <param name="images">Number of images in the batch.</param>
    /// <exception cref="CassInputException">It is not what <see cref="SelfSupervisedOutput"/> demands; the message says how to mend it.</exception>
    public void Require(SelfSupervisedOutput? output, long images)
    {
        if (output is null)
        {
            throw Refusal("gave null; return a SelfSupervisedOutput");
        }

        RequireScalar(output.Loss, "the loss");
        if (trains && !output.Loss.requires_grad)
        {
            throw Refusal("gave a loss without a gradient, so that nothing would be learned; compute it outside of no_grad, of tensors that are not detached, and of parameters that require a gradient");
        }

        foreach (var (name, embeddings) in output.Embeddings ?? throw Refusal("gave null for the embeddings; give an empty dictionary where there are none"))
        {
            Require(name, embeddings, images);
        }

        foreach (var (name, figure) in output.Figures ?? throw Refusal("gave null for the figures; give an empty dictionary where there are none"))
        {
            if (string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
            {
                throw Refusal($"gave a figure called '{name}', which no record could show; give it a name of one line");
            }

            RequireScalar(figure, $"the figure '{name}'");
        }

        if (output.JudgedLoss is { } judged)
        {
            RequireScalar(judged, "the judged loss");
        }

        if ((isJudged ??= output.JudgedLoss is not null) != output.JudgedLoss is not null)
        {
            throw Refusal($"{(output.JudgedLoss is null ? "gave no" : "gave a")} {nameof(SelfSupervisedOutput.JudgedLoss)}, otherwise than before; give it for every batch or for none");
        }
    }

    private static string ShapeOf(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private void Require(string name, Tensor embeddings, long images)
    {
        RequireAlive(embeddings, $"the embeddings of '{name}'");
        if (embeddings.dim() != 2 || embeddings.shape[0] != images || embeddings.shape[1] == 0 || !embeddings.is_floating_point())
        {
            throw Refusal($"gave embeddings of '{name}' of shape {ShapeOf(embeddings)} in {embeddings.dtype}; for {images} images they are floating-point numbers of shape [{images}, dimensions]: pool feature maps and tokens, one row an image");
        }

        var width = embeddings.shape[1];
        if (dimensions.GetValueOrDefault(name, width) != width)
        {
            throw Refusal($"gave embeddings of '{name}' of {width} dimensions after others of {dimensions[name]}; their number stays the same over a run");
        }

        dimensions[name] = width;
    }

    private void RequireScalar(Tensor? tensor, string what)
    {
        RequireAlive(tensor, what);
        if (tensor!.NumberOfElements != 1)
        {
            throw Refusal($"gave {what} the shape {ShapeOf(tensor)}; it is a scalar: take the mean");
        }
    }

    private void RequireAlive(Tensor? tensor, string what)
    {
        if (tensor is null)
        {
            throw Refusal($"gave null for {what}");
        }

        if (tensor.IsInvalid)
        {
            throw Refusal($"gave a disposed tensor for {what}; take it out of the dispose scope that Forward opens, with MoveToOuterDisposeScope()");
        }
    }

    private CassInputException Refusal(string what) => new($"The forward pass of {method} {what} (see docs/methods.md).");
}
