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

    /// <summary>
    /// <see cref="BFloat16"/> where the device has instructions for it and a step of the networks takes at least a sixth less time so, as a few steps of copies on
    /// noise show before a phase begins; else <see cref="Float32"/>, which networks of fewer than a million weights together always take, and those that cannot be copied.
    /// The log says which, and why. A run that goes on from a checkpoint keeps that of the checkpoint, and a process that has decided for networks of the
    /// same names, sizes and batches does not measure them again. Another run may find otherwise where both are about as fast, or the machine is busy.
    /// </summary>
    Auto,
}
