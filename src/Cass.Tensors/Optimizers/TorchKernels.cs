using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>
/// Kernels over lists of tensors that TorchSharp does not expose, reached through TorchScript.
/// </summary>
internal static class TorchKernels
{
    // A script that does not compile ends the process, so this is a constant, compiled once and covered by tests.
    private const string Script = """
        def adam(ps: List[Tensor], gs: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._foreach_add_(steps, 1)
            torch._fused_adam_(ps, gs, m, v, [], steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)
            return 0

        def adamw(ps: List[Tensor], gs: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(ps, gs, m, v, [], steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)
            return 0

        def sgd(ps: List[Tensor], gs: List[Tensor], momentum_buffers: List[Tensor], lr: float, momentum: float, weight_decay: float):
            d = gs
            if weight_decay != 0.0:
                d = torch._foreach_add(gs, ps, alpha=weight_decay)
            torch._foreach_mul_(momentum_buffers, momentum)
            torch._foreach_add_(momentum_buffers, d, alpha=1.0)
            torch._foreach_add_(ps, momentum_buffers, alpha=-lr)
            return 0

        def lars(ps: List[Tensor], gs: List[Tensor], momentum_buffers: List[Tensor], lr: float, momentum: float, weight_decay: float, trust: float):
            d = torch._foreach_add(gs, ps, alpha=weight_decay)
            weight_norms = torch._foreach_norm(ps, 2)
            update_norms = torch._foreach_norm(d, 2)
            for i in range(len(ps)):
                scale = torch.where((weight_norms[i] > 0) & (update_norms[i] > 0), trust * weight_norms[i] / update_norms[i], torch.ones_like(weight_norms[i]))
                momentum_buffers[i].mul_(momentum).add_(d[i] * scale)
            torch._foreach_add_(ps, momentum_buffers, alpha=-lr)
            return 0

        def norm(xs: List[Tensor]):
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(xs, 2)))

        def scale(xs: List[Tensor], factor: Tensor):
            torch._foreach_mul_(xs, factor)
            return 0

        def clip_each(xs: List[Tensor], max_norm: float):
            norms = torch._foreach_norm(xs, 2)
            for i in range(len(xs)):
                xs[i].mul_(torch.clamp(max_norm / (norms[i] + 1e-6), max=1.0))
            return 0

        def lerp(targets: List[Tensor], xs: List[Tensor], weight: float):
            torch._foreach_lerp_(targets, xs, weight)
            return 0
        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script + "\n"));
    private static readonly Lazy<Task> Rehearsal = new(BeginRehearsal);

    /// <summary>Compiles on another thread, once, what the first step would else wait for.</summary>
    public static void Prepare() => _ = Rehearsal.Value;

    public static void Invoke(string function, params object[] arguments)
    {
        // Numbers are made scalars here, to hold them until native code has read them; see KeptScalar.
        var held = new List<Scalar>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is double number)
            {
                held.Add(number);
                arguments[i] = held[^1];
            }
        }

        try
        {
            (Compiled.Value.invoke(function, arguments) as Scalar)?.Dispose();
        }
        finally
        {
            held.ForEach(scalar => scalar.Dispose());
        }
    }

    private static Task BeginRehearsal()
    {
        var rehearsal = Task.Run(Rehearse);

        // A process that ends while libtorch compiles takes the ground from under it, and crashes.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => ((IAsyncResult)rehearsal).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(10));
        return rehearsal;
    }

    /// <summary>TorchScript compiles a function at its first call, and optimises it at the second.</summary>
    private static void Rehearse()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        for (var call = 0; call < 2; call++)
        {
            Tensor[] List() => [zeros(1)];
            Invoke("adam", List(), List(), List(), List(), List(), 0.0, 0.9, 0.999, 0.0, 1e-8);
            Invoke("adamw", List(), List(), List(), List(), List(), 0.0, 0.9, 0.999, 0.0, 1e-8);
            Norm(List());
        }
    }

    /// <summary>The Euclidean norm of all elements of all tensors together: a scalar.</summary>
    public static Tensor Norm(Tensor[] tensors) => (Tensor)Compiled.Value.invoke("norm", [tensors]);
}
