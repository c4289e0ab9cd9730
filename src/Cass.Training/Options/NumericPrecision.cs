namespace Cass.Training;

/// <summary>The numbers that networks compute with.</summary>
public enum NumericPrecision
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>64-bit floating point: slow, for comparison with reference values.</summary>
    Float64,
}
