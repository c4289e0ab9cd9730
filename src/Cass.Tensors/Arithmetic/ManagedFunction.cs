using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>
/// A function with a backward pass of its own (PyTorch's <c>torch.autograd.Function</c>), whose exceptions reach the caller of
/// <c>backward</c>.
/// </summary>
/// <remarks>
/// libtorch calls backward passes, and an exception that crosses it ends the process. Here it is kept, and libtorch is given a
/// gradient of a shape that it refuses with an error of its own, which can be caught; <see cref="BackwardFailure"/> has the cause.
/// </remarks>
/// <typeparam name="T">The function itself.</typeparam>
public abstract class ManagedFunction<T> : autograd.SingleTensorFunction<T>
    where T : ManagedFunction<T>, new()
{
    private static readonly Lock Gate = new();

    // TorchSharp has taken what a backward pass gives by the time of the next, and would keep it until the garbage collector comes.
    private static readonly List<(Thread Thread, Tensor Gradient)> Given = [];

    /// <inheritdoc/>
    public sealed override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        Release();
        List<Tensor?> gradients;
        try
        {
            using var slope = grad_output;
            using var scope = NewDisposeScope();
            gradients = Differentiate(ctx, slope);
            gradients.ForEach(gradient => gradient?.DetachFromDisposeScope());
        }
#pragma warning disable CA1031 // Any exception would end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            BackwardFailure.Keep(exception);
            gradients = Refused();
        }

        lock (Gate)
        {
            Given.AddRange(gradients.OfType<Tensor>().Select(gradient => (Thread.CurrentThread, gradient)));
        }

        return gradients!;
    }

    /// <summary>Computes the gradients of the arguments.</summary>
    /// <param name="ctx">What the forward pass has saved.</param>
    /// <param name="slope">The gradient of the output.</param>
    /// <returns>One for each argument of <c>forward</c>; null for none.</returns>
    protected abstract List<Tensor?> Differentiate(autograd.AutogradContext ctx, Tensor slope);

    /// <summary>For each argument of <c>forward</c>, whether it is a tensor.</summary>
    protected abstract IReadOnlyList<bool> AreTensors { get; }

    /// <summary>Frees what backward passes of this thread, and of threads that have ended, have given.</summary>
    protected static void Release()
    {
        lock (Gate)
        {
            Given.RemoveAll(given =>
            {
                var isTaken = given.Thread == Thread.CurrentThread || !given.Thread.IsAlive;
                if (isTaken)
                {
                    given.Gradient.Dispose();
                }

                return isTaken;
            });
        }
    }

    private List<Tensor?> Refused() => [.. AreTensors.Select(isTensor => isTensor ? zeros([2, 3, 5, 7, 11]).DetachFromDisposeScope() : null)];
}
