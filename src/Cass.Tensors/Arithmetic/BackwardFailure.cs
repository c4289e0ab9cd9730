using System.Runtime.ExceptionServices;

namespace Cass.Tensors;

/// <summary>Why a backward pass of a <see cref="ManagedFunction{T}"/> has failed, on whatever thread libtorch ran it.</summary>
public static class BackwardFailure
{
    private static ExceptionDispatchInfo? last;

    /// <summary>The cause of the last failure, once; null where there was none since.</summary>
    /// <returns>The exception as it was thrown.</returns>
    public static ExceptionDispatchInfo? Take() => Interlocked.Exchange(ref last, null);

    internal static void Keep(Exception exception) => last = ExceptionDispatchInfo.Capture(exception);
}
