using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tensors;

/// <summary>
/// Mixed precision: while one is enabled on a thread, the convolutions and linear layers of this library's networks compute
/// in bfloat16 there, and everything else as it is (Micikevicius et al. 2018, arXiv 1710.03740; Kalamkar et al. 2019,
/// arXiv 1905.12322).
/// </summary>
/// <remarks>
/// <para>TorchSharp has no <c>torch.autocast</c>, so the layers ask for it here. Weights stay in float32, and so do their
/// gradients, what optimisers remember, the statistics of norms, the sum of residual branches in transformers, pooled
/// features and classifiers. bfloat16 has the range of float32, so that losses need no scaling.</para>
/// <para>The backward pass belongs to no scope: it computes in the types of the forward pass. Weights are cast once in a
/// scope, so that one scope is to cover one step.</para>
/// </remarks>
public sealed class Autocast : IDisposable
{
    [ThreadStatic]
    private static Autocast? current;

    private readonly Autocast? outer;
    private readonly Dictionary<(Tensor Weight, bool WithGradient), Tensor> casts = [];
    private readonly bool isEnabled;

    private Autocast(bool isEnabled)
    {
        outer = current;
        this.isEnabled = isEnabled;
        current = this;
    }

    /// <summary>Whether layers compute in bfloat16 on this thread.</summary>
    public static bool IsEnabled => current is { isEnabled: true };

    /// <summary>Computes in bfloat16 on this thread until the result is disposed.</summary>
    /// <param name="enabled">False to compute in the weights' own type, in a scope that does not.</param>
    /// <returns>The scope; it is disposed on the same thread, inner ones before outer ones.</returns>
    public static Autocast Enable(bool enabled = true) => new(enabled);

    /// <summary>Runs a layer; a convolution or linear layer in bfloat16 where that is enabled, in which case hooks on it are not called.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Its input, of any floating-point type where that is enabled.</param>
    /// <returns>Its output.</returns>
    /// <exception cref="NotSupportedException">bfloat16 is enabled, and a convolution pads by anything but zeros.</exception>
    public static Tensor Run(Module<Tensor, Tensor> layer, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(input);
        if (!IsEnabled)
        {
            return LinearMap.IsByConvolution && layer is Linear linear && layer.GetType() == typeof(Linear) && !ModuleHooks.Has(layer)
                ? LinearMap.Run(input, linear.weight, linear.bias)
                : layer.call(input);
        }

        switch (layer)
        {
            case Linear map:
                return Linear(input, map.weight, map.bias);
            case Conv2d { padding_mode: PaddingModes.Zeros, padding_type: null } convolution:
                using (var cast = input.to(ScalarType.BFloat16))
                {
                    return Bfloat16Convolution.Run(
                        cast,
                        current!.Cast(convolution.weight),
                        convolution.bias is { } bias ? current.Cast(bias) : null,
                        convolution.stride!,
                        convolution.padding!,
                        convolution.dilation!,
                        convolution.groups);
                }

            case TorchSharp.Modules.Conv2d:
                throw new NotSupportedException("bfloat16 is for convolutions padded by a number of zeros.");
            default:
                return layer.call(input);
        }
    }

    /// <summary>Runs a layer norm; an input of another type than the weights is cast to theirs.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="input">Its input.</param>
    /// <returns>Its output, of the weights' type.</returns>
    public static Tensor Run(LayerNorm norm, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(norm);
        ArgumentNullException.ThrowIfNull(input);
        using var cast = norm.weight is { } weight ? Widened(input, weight) : input.alias();
        return norm.call(cast);
    }

    /// <summary>A linear map; in bfloat16 where that is enabled.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs]; none where null.</param>
    /// <returns>[…, outputs].</returns>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        if (!IsEnabled)
        {
            return LinearMap.Run(input, weight, bias);
        }

        using var cast = input.to(ScalarType.BFloat16);
        return functional.linear(cast, current!.Cast(weight), bias is null ? null : current.Cast(bias));
    }

    /// <summary>Adds a tensor to a residual branch, which is used up: in place where their types agree, else in the wider type.</summary>
    /// <param name="branch">The branch.</param>
    /// <param name="input">What it is added to, of a shape that fits it.</param>
    /// <returns>The sum.</returns>
    public static Tensor Join(Tensor branch, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentNullException.ThrowIfNull(input);
        if (branch.dtype == input.dtype)
        {
            return branch.PlusInPlace(input);
        }

        using (branch)
        {
            return branch.Plus(input);
        }
    }

    /// <summary>A tensor in another's type.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="like">Of the type that is wanted.</param>
    /// <returns>A new tensor, or another handle of the same.</returns>
    public static Tensor Widened(Tensor tensor, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(like);
        return tensor.dtype == like.dtype ? tensor.alias() : tensor.to(like.dtype);
    }

    /// <summary>Ends the scope.</summary>
    /// <exception cref="InvalidOperationException">It is not the innermost one of this thread.</exception>
    public void Dispose()
    {
        if (!ReferenceEquals(current, this))
        {
            throw new InvalidOperationException("Autocast scopes end in the opposite order of their beginning, on the same thread.");
        }

        current = outer;
        foreach (var cast in casts.Values)
        {
            cast.Dispose();
        }

        casts.Clear();
    }

    private Tensor Cast(Tensor weight)
    {
        var key = (weight, is_grad_enabled());
        if (!casts.TryGetValue(key, out var cast))
        {
            casts[key] = cast = weight.to(ScalarType.BFloat16).DetachFromDisposeScope();
        }

        return cast;
    }
}
