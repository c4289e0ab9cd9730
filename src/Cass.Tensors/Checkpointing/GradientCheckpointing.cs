using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tensors;

/// <summary>
/// Trades time for memory: while one is enabled on a thread, the networks of this library keep of each of their blocks only
/// its input, and compute the rest anew in the backward pass (Chen et al. 2016, "Training Deep Nets with Sublinear Memory
/// Cost", arXiv 1604.06174; PyTorch's <c>torch.utils.checkpoint</c>).
/// </summary>
/// <remarks>
/// The result is that without, but for the order of some sums: the random state of the CPU's generator and mixed precision
/// are those of the first computation, and running statistics of batch norms move once. On a CUDA device, whose generator
/// TorchSharp does not let be read, each block starts it from a number that the CPU's draws.
/// </remarks>
public sealed class GradientCheckpointing : IDisposable
{
    [ThreadStatic]
    private static bool isEnabled;

    [ThreadStatic]
    private static bool isRecomputing;

    private readonly bool outer;
    private bool isDisposed;

    private GradientCheckpointing(bool enabled)
    {
        outer = isEnabled;
        isEnabled = enabled;
    }

    /// <summary>Whether blocks are computed anew in backward passes of what this thread computes forward.</summary>
    public static bool IsEnabled => isEnabled;

    /// <summary>Whether this thread is in a backward pass, computing a block anew.</summary>
    internal static bool IsRecomputing => isRecomputing;

    /// <summary>Keeps only the inputs of blocks on this thread until the result is disposed.</summary>
    /// <param name="enabled">False to keep everything, in a scope that does not.</param>
    /// <returns>The scope; it is disposed on the same thread.</returns>
    public static GradientCheckpointing Enable(bool enabled = true) => new(enabled);

    /// <summary>Runs blocks one after the other.</summary>
    /// <param name="blocks">Modules from one tensor to one tensor.</param>
    /// <param name="input">The input of the first; it has to need a gradient for the first to be computed anew.</param>
    /// <returns>The output of the last.</returns>
    public static Tensor Run(IEnumerable<Module> blocks, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        return Run(blocks.Cast<Module<Tensor, Tensor>>().Select(block => (Func<Tensor, Tensor>)block.call), input);
    }

    /// <summary>Runs blocks that are functions of their own, such as parts of networks that another library has built.</summary>
    /// <param name="blocks">Each gives a new tensor, and the same one for the same input, random state and weights.</param>
    /// <param name="input">The input of the first; it has to need a gradient for the first to be computed anew.</param>
    /// <returns>The output of the last.</returns>
    public static Tensor Run(IEnumerable<Func<Tensor, Tensor>> blocks, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(input);
        var output = input.alias();
        foreach (var block in blocks)
        {
            using var previous = output;
            output = isEnabled && is_grad_enabled() && previous.requires_grad ? Segment.apply(block, previous) : block(previous);
        }

        return output;
    }

    /// <summary>Goes back to what was before.</summary>
    public void Dispose()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            isEnabled = outer;
        }
    }

    private sealed class Segment : ManagedFunction<Segment>
    {
        private const string Block = "block";
        private const string Precision = "autocast";
        private const string Batch = "batch";

        private static readonly object NoBatch = new();

        public override string Name => nameof(GradientCheckpointing);

        protected override IReadOnlyList<bool> AreTensors => [false, true];

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Release();
            var (block, input) = ((Func<Tensor, Tensor>)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([input, random.get_rng_state()]);
            ctx.save_data(Block, block);
            ctx.save_data(Precision, Autocast.IsEnabled);
            ctx.save_data(Batch, (object?)DistributedBatch.Here ?? NoBatch);
            using var ungraded = no_grad();
            StartDeviceGenerator(input);
            return block(input);
        }

        protected override List<Tensor?> Differentiate(autograd.AutogradContext ctx, Tensor slope)
        {
            using var graded = enable_grad();
            using var precision = Autocast.Enable((bool)ctx.get_data(Precision));
            using var batch = DistributedBatch.EnterAgain(ctx.get_data(Batch) as DistributedBatch.Place);
            var present = random.get_rng_state();
            var saved = ctx.get_saved_variables();
            var input = saved[0].detach().requires_grad_();
            isRecomputing = true;
            try
            {
                random.set_rng_state(saved[1]);
                StartDeviceGenerator(input);
                var output = ((Func<Tensor, Tensor>)ctx.get_data(Block))(input);
                random.set_rng_state(present);
                autograd.backward([output], [slope]);
                return [null, input.grad!];
            }
            finally
            {
                isRecomputing = false;
            }
        }

        private static void StartDeviceGenerator(Tensor input)
        {
            if (input.device_type == DeviceType.CUDA)
            {
                using var seed = empty(1, ScalarType.Int64).random_(0, int.MaxValue);
                cuda.manual_seed(seed.ReadInt64());
            }
        }
    }
}
