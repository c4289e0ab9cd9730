using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Whether a device has instructions that compute in bfloat16.</summary>
internal static class Bfloat16Support
{
    /// <summary>AVX512_BF16 in EAX of leaf 7, subleaf 1 of CPUID, and AMX-BF16 in EDX of subleaf 0.</summary>
    private const int Avx512Bf16 = 1 << 5;
    private const int AmxBf16 = 1 << 22;

    /// <summary>Whether it may have them: false where it is known not to. Of processors that are not x64, and of GPUs, only a measurement tells.</summary>
    public static bool MayHave(Device device) => device.type != DeviceType.CPU || !X86Base.IsSupported || IsInProcessor();

    // The bits of CPUID say nothing of whether the system saves the 512-bit registers, which .NET asks for.
    private static bool IsInProcessor() => Avx512F.IsSupported
        && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 1).Eax & Avx512Bf16) != 0 || (X86Base.CpuId(7, 0).Edx & AmxBf16) != 0);
}
