using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tensors;

/// <summary>Whether somebody has registered hooks on a layer, which TorchSharp does not tell: a layer that is computed in another way than by its call would pass over them.</summary>
internal static class ModuleHooks
{
    /// <summary>Whether a call of the layer would call anything besides.</summary>
    public static bool Has(Module<Tensor, Tensor> layer) => Hooks<Func<Module<Tensor, Tensor>, Tensor, Tensor>, Func<Module<Tensor, Tensor>, Tensor, Tensor, Tensor>>.Are(layer);

    /// <summary>The fields of TorchSharp's class of the same parameters.</summary>
    private static class Hooks<TPreHook, TPostHook>
    {
        public static bool Are(HookableModule<TPreHook, TPostHook> layer) =>
            Before(layer).Count > 0 || After(layer).Count > 0 || BeforeModule(layer).Count > 0 || AfterModule(layer).Count > 0;

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "pre_hooks")]
        private static extern ref Dictionary<string, TPreHook> Before(HookableModule<TPreHook, TPostHook> layer);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "post_hooks")]
        private static extern ref Dictionary<string, TPostHook> After(HookableModule<TPreHook, TPostHook> layer);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "module_pre_hooks")]
        private static extern ref Dictionary<string, Action<nn.Module>> BeforeModule(HookableModule<TPreHook, TPostHook> layer);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "module_post_hooks")]
        private static extern ref Dictionary<string, Action<nn.Module>> AfterModule(HookableModule<TPreHook, TPostHook> layer);
    }
}
