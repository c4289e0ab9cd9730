using TorchSharp;

namespace Cass.Training;

internal static class NumericPrecisionTypes
{
    public static torch.ScalarType ToScalarType(this NumericPrecision precision) =>
        precision == NumericPrecision.Float64 ? torch.ScalarType.Float64 : torch.ScalarType.Float32;
}
