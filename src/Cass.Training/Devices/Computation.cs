using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>How networks are computed in training: where, in what numbers, and how much is kept for the backward pass.</summary>
internal sealed class Computation
{
    private readonly NumericPrecision precision;
    private readonly bool checkpointing;

    /// <param name="device">Where it is computed.</param>
    /// <param name="precision">The numbers; <see cref="NumericPrecision.Auto"/> is float32 until <see cref="In"/> decides.</param>
    /// <param name="checkpointing">Whether blocks are computed anew in the backward pass.</param>
    /// <exception cref="CassInputException">The device cannot compute so.</exception>
    public Computation(Device device, NumericPrecision precision, bool checkpointing = false)
    {
        if (precision == NumericPrecision.TensorFloat32 && device.type != DeviceType.CUDA)
        {
            throw new CassInputException(
                $"Precision TensorFloat32 is a mode of NVIDIA's tensor cores, and the device is {device}. Use Float32 there, or BFloat16 where that is faster.");
        }

        if (precision == NumericPrecision.Float64 && device.type == DeviceType.MPS)
        {
            throw new CassInputException($"The device {device} has no 64-bit numbers; use Precision Float32 there.");
        }

        this.precision = precision;
        this.checkpointing = checkpointing;
        Device = device;
        WeightType = precision == NumericPrecision.Float64 ? ScalarType.Float64 : ScalarType.Float32;
    }

    public Device Device { get; }

    /// <summary>The type of weights, gradients and what optimisers remember.</summary>
    public ScalarType WeightType { get; }

    /// <summary>The numbers.</summary>
    public NumericPrecision Precision => precision;

    /// <summary>The same in other numbers.</summary>
    public Computation In(NumericPrecision other) => other == precision ? this : new Computation(Device, other, checkpointing);

    /// <summary>Sets what holds for the whole process, forward and backward, until the result is disposed.</summary>
    public IDisposable BeginRun() => new TensorCores(Device.type == DeviceType.CUDA, precision == NumericPrecision.TensorFloat32);

    /// <summary>Sets what holds for the forward pass of a training step on this thread, until the result is disposed.</summary>
    public IDisposable BeginForward() => new Forward(precision == NumericPrecision.BFloat16, checkpointing);

    private sealed class Forward(bool mixed, bool checkpointing) : IDisposable
    {
        private readonly Autocast autocast = Autocast.Enable(mixed);
        private readonly GradientCheckpointing checkpoints = GradientCheckpointing.Enable(checkpointing);

        public void Dispose()
        {
            checkpoints.Dispose();
            autocast.Dispose();
        }
    }

    private sealed class TensorCores : IDisposable
    {
        private readonly bool applies;
        private readonly bool convolutions;
        private readonly bool products;

        public TensorCores(bool applies, bool allowed)
        {
            this.applies = applies;
            if (applies)
            {
                (convolutions, products) = (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32);
                (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = (allowed, allowed);
            }
        }

        public void Dispose()
        {
            if (applies)
            {
                (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = (convolutions, products);
            }
        }
    }
}
