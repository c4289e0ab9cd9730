using System.Collections.Concurrent;
using TorchSharp;

namespace Cass.Tensors;

/// <summary>
/// Numbers for TorchSharp that stay alive. TorchSharp turns every number that meets a tensor into a <see cref="Scalar"/>
/// with a finalizer, also the hidden factor 1 of <c>a + b</c>, and does not keep it alive while native code reads it: a
/// garbage collection on another thread may free it at that moment, and the operation computes with whatever lies there.
/// What runs millions of times must not take that chance.
/// </summary>
/// <remarks>
/// For numbers that recur: each is kept for good. A number that changes from call to call is held by
/// <c>using Scalar number = value;</c> for as long as the call takes.
/// </remarks>
public static class KeptScalar
{
    private static readonly ConcurrentDictionary<double, Scalar> Doubles = new();
    private static readonly ConcurrentDictionary<long, Scalar> Integers = new();

    /// <summary>The whole number 1: the factor of the second term in a sum.</summary>
    public static Scalar One { get; } = Of(1L);

    /// <summary>The whole number −1: the factor of the second term in a difference.</summary>
    public static Scalar MinusOne { get; } = Of(-1L);

    /// <summary>A floating-point number.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The same object at every call.</returns>
    public static Scalar Of(double value) => Doubles.GetOrAdd(value, static v => v);

    /// <summary>A whole number, which leaves the type of a tensor of whole numbers as it is.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The same object at every call.</returns>
    public static Scalar Of(long value) => Integers.GetOrAdd(value, static v => v);
}
