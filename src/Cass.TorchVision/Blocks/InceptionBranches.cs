using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>
/// What the branches of the blocks of Inception v3 give, in the order in which they are put side by side (Szegedy et al. 2016, figures 5 to 7 and
/// 10). The caller has a dispose scope.
/// </summary>
internal static class InceptionBranches
{
    public static Tensor[] OfFive(InceptionParts parts, Tensor input) =>
    [
        parts.Run(input, "branch1x1"),
        parts.Run(input, "branch5x5_1", "branch5x5_2"),
        parts.Run(input, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
        parts.Run(Averaged(input), "branch_pool"),
    ];

    public static Tensor[] OfFirstReduction(InceptionParts parts, Tensor input) =>
    [
        parts.Run(input, "branch3x3"),
        parts.Run(input, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
        Largest(input),
    ];

    public static Tensor[] OfSix(InceptionParts parts, Tensor input) =>
    [
        parts.Run(input, "branch1x1"),
        parts.Run(input, "branch7x7_1", "branch7x7_2", "branch7x7_3"),
        parts.Run(input, "branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5"),
        parts.Run(Averaged(input), "branch_pool"),
    ];

    public static Tensor[] OfSecondReduction(InceptionParts parts, Tensor input) =>
    [
        parts.Run(input, "branch3x3_1", "branch3x3_2"),
        parts.Run(input, "branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3", "branch7x7x3_4"),
        Largest(input),
    ];

    public static Tensor[] OfSeven(InceptionParts parts, Tensor input)
    {
        var narrow = parts.Run(input, "branch3x3_1");
        var wide = parts.Run(input, "branch3x3dbl_1", "branch3x3dbl_2");
        return
        [
            parts.Run(input, "branch1x1"),
            parts.Run(narrow, "branch3x3_2a"),
            parts.Run(narrow, "branch3x3_2b"),
            parts.Run(wide, "branch3x3dbl_3a"),
            parts.Run(wide, "branch3x3dbl_3b"),
            parts.Run(Averaged(input), "branch_pool"),
        ];
    }

    private static Tensor Averaged(Tensor input) => functional.avg_pool2d(input, 3, 1, 1);

    private static Tensor Largest(Tensor input) => functional.max_pool2d(input, 3, 2);
}
