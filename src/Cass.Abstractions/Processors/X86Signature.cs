using System.Runtime.Intrinsics.X86;

namespace Cass;

/// <summary>Which x64 processor this is, by the first leaf of CPUID, as Intel's and AMD's manuals read it.</summary>
/// <param name="Model">The four bits of the model.</param>
/// <param name="Family">The four bits of the family.</param>
/// <param name="Stepping">The stepping.</param>
/// <param name="ExtendedModel">The bits that belong before those of the model.</param>
/// <param name="ExtendedFamily">What is added to the family where that is 15.</param>
/// <param name="IsAmd">Whether the maker is AMD.</param>
internal readonly record struct X86Signature(int Model, int Family, int Stepping, int ExtendedModel, int ExtendedFamily, bool IsAmd)
{
    private const int LargestFamily = 0xF;

    /// <summary>That of this processor; null where it is none of x64.</summary>
    public static X86Signature? Current { get; } = Read();

    /// <summary>The family as it is quoted: 26 of AMD's is Zen 5.</summary>
    public int DisplayFamily => Family == LargestFamily ? Family + ExtendedFamily : Family;

    /// <summary>The model as it is quoted.</summary>
    public int DisplayModel => Family is 6 or LargestFamily ? (ExtendedModel << 4) + Model : Model;

    private static X86Signature? Read()
    {
        if (!X86Base.IsSupported)
        {
            return null;
        }

        var bits = X86Base.CpuId(1, 0).Eax;
        var (_, ebx, ecx, edx) = X86Base.CpuId(0, 0);

        // AuthenticAMD, four letters a register.
        var isAmd = (ebx, edx, ecx) == (0x68747541, 0x69746E65, 0x444D4163);
        return new((bits >> 4) & 0xF, (bits >> 8) & 0xF, bits & 0xF, (bits >> 16) & 0xF, (bits >> 20) & 0xFF, isAmd);
    }
}
