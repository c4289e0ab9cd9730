namespace Cass.Training;

/// <summary>The numbers that networks compute with in training. Evaluation and prediction are in the type of the weights.</summary>
public enum NumericPrecision
{
    /// <summary>32-bit floating point throughout; NVIDIA's tensor cores are not used.</summary>
    Float32,

    /// <summary>64-bit floating point: slow, for comparison with reference values.</summary>
    Float64,

    /// <summary>
    /// 32-bit floating point whose products are rounded to 10 bits of mantissa on NVIDIA's tensor cores (Ampere and later).
    /// CUDA only.
    /// </summary>
    TensorFloat32,

    /// <summary>
    /// Mixed precision: convolutions, linear layers and attention compute in bfloat16; weights, gradients, optimisers,
    /// norms' statistics, heads and losses stay in 32 bits (<see cref="Autocast"/>).
    /// </summary>
    BFloat16,
}
