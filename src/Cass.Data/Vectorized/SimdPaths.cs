using System.Runtime.Intrinsics.X86;

namespace Cass.Data;

/// <summary>Whether the code for AVX2 is used; all of it has a portable twin that gives the same bytes.</summary>
internal static class SimdPaths
{
    [ThreadStatic]
    private static bool isDisabled;

    /// <summary>Switches to the portable code on this thread, to compare the two.</summary>
    public static bool IsDisabled
    {
        get => isDisabled;
        set => isDisabled = value;
    }

    public static bool UseAvx2 => Avx2.IsSupported && !isDisabled;

    public static bool UseVbmi => Avx512Vbmi.IsSupported && !isDisabled;
}
