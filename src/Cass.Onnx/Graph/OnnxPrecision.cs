namespace Cass.Onnx;

/// <summary>The type of a model's weights and intermediate values. Inputs and outputs are float32 either way.</summary>
public enum OnnxPrecision
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits: half the size; faster on GPUs, and slower on most CPUs, which compute it in float32.</summary>
    Float16,
}
