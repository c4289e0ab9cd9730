using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass;

/// <summary>
/// oneDNN, the library that libtorch convolves with on x64 processors. In virtual machines that hide the processor's caches (<see cref="OneDnnCaches"/>), release 3.7.1,
/// which libtorch 2.10 contains, computes wrong convolutions, by a fifth or so and sometimes NaN, in float32 and in bfloat16, forward and backward: many
/// of those whose channels are no multiple of 16, and some of others. When libtorch is loaded, oneDNN is told the caches' sizes where they are hidden, then checked, and switched off where it is wrong.
/// </summary>
internal static unsafe class OneDnn
{
    /// <summary>The environment variable that decides in place of correction and check: <c>1</c> keeps oneDNN as it comes, <c>0</c> switches it off.</summary>
    public const string Variable = "CASS_ONEDNN";

    private const double ToleranceOfFloat32 = 1e-4;
    private const double ToleranceOfBFloat16 = 0.03;

    private static readonly Convolution[] Checked =
    [
        new(ScalarType.Float32, Inputs: 24, Outputs: 20, Kernel: 3, Stride: 1),
        new(ScalarType.Float32, Inputs: 3, Outputs: 24, Kernel: 3, Stride: 2),

        // A shortcut of a ResNet.
        new(ScalarType.Float32, Inputs: 256, Outputs: 512, Kernel: 1, Stride: 2),
        new(ScalarType.BFloat16, Inputs: 8, Outputs: 12, Kernel: 3, Stride: 2),
        new(ScalarType.BFloat16, Inputs: 32, Outputs: 32, Kernel: 3, Stride: 2, Groups: 32),
    ];

    /// <summary>Whether convolutions are computed without oneDNN, because it was switched off here. False until libtorch is loaded.</summary>
    public static bool IsOff { get; private set; }

    /// <summary>Whether oneDNN was told the sizes of the processor's caches, because the machine hides them. False until libtorch is loaded.</summary>
    public static bool CachesWereCorrected { get; private set; }

    /// <summary>Whether the sizes of hidden caches could not be told, because the program had convolved before libtorch was loaded here.</summary>
    public static bool WasUsedBefore { get; private set; }

    /// <summary>Puts right what oneDNN noted of the processor, checks it and switches it off where it is wrong, once libtorch is loaded.</summary>
    /// <returns>What the user should know, a sentence each.</returns>
    public static IReadOnlyList<string> Settle()
    {
        // It would only report, on standard error and for each convolution, that it does not know the processor.
        _ = SwitchOff("_ZN2at7Context20setUserEnabledNNPACKEb");
        var chosen = Environment.GetEnvironmentVariable(Variable);
        if (string.Equals(chosen, "1", StringComparison.Ordinal) || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return [];
        }

        if (string.Equals(chosen, "0", StringComparison.Ordinal))
        {
            return SwitchOff() ? [$"oneDNN is off, as {Variable} says: convolutions may be slower."] : [$"{Variable} is 0, but oneDNN cannot be switched off on this system."];
        }

        var corrected = CorrectCaches();
        if (IsRight())
        {
            CachesWereCorrected = corrected;
            return [];
        }

        return SwitchOff() && IsRight()
            ? [$"oneDNN, which libtorch convolves with, computes wrong results on this machine and was switched off: convolutions may be slower, most of all in bfloat16. {(WasUsedBefore ? $"Call {nameof(TorchBackend)}.{nameof(TorchBackend.EnsureLoaded)} before the program's first convolution, so that it can be put right." : $"{Variable}=1 keeps it, wrong results and all.")}"]
            : ["oneDNN, which libtorch convolves with, computes wrong results on this machine, and cannot be switched off on this system: convolutions are wrong. Set the environment variable ONEDNN_MAX_CPU_ISA=SSE41, which is slow, or compute on another machine."];
    }

    /// <summary>Whether convolutions of the kinds that it gets wrong somewhere are what float64 gives, which oneDNN does not compute.</summary>
    public static bool IsRight() => !Wrong().Any();

    /// <summary>Those of them that are wrong, computed as they are asked for.</summary>
    public static IEnumerable<Convolution> Wrong() => Checked.Where(convolution => !IsRight(convolution));

    /// <summary>Has oneDNN note what it knows of the processor, which it does for its first convolution: one that nobody needs again, of whole blocks.</summary>
    public static void LookAtProcessor()
    {
        using var scope = NewDisposeScope();
        _ = nn.functional.conv2d(Zeros(2, 16, 3, 1), Zeros(16, 16, 7, 5), null, [1, 1], [3, 2], [1, 1], 1);

        static Tensor Zeros(params long[] shape) => zeros(shape, ScalarType.Float32, CPU);
    }

    /// <summary>Tells oneDNN the sizes of caches that the machine hides, if it has not convolved before: what it prepared by the wrong sizes it would use again.</summary>
    private static bool CorrectCaches()
    {
        if (!OneDnnCaches.AreHidden())
        {
            return false;
        }

        WasUsedBefore = OneDnnCaches.Find() is not null;
        if (WasUsedBefore)
        {
            return false;
        }

        LookAtProcessor();
        if (OneDnnCaches.Find() is not { } record)
        {
            return false;
        }

        OneDnnCaches.Correct(record);
        return true;
    }

    private static bool IsRight(Convolution convolution)
    {
        using var mode = inference_mode(false);
        using var guard = enable_grad();
        using var scope = NewDisposeScope();
        var images = Wave([2, convolution.Inputs, 8, 8], convolution.Type);
        var weights = Wave([convolution.Outputs, convolution.Inputs / convolution.Groups, convolution.Kernel, convolution.Kernel], convolution.Type);
        var (expected, expectedGradient) = Convolve(images.to(ScalarType.Float64), weights.to(ScalarType.Float64), convolution);
        return Agrees(images, weights) && Agrees(ChannelsLast(images), ChannelsLast(weights));

        bool Agrees(Tensor x, Tensor w)
        {
            var (output, gradient) = Convolve(x, w, convolution);
            var tolerance = convolution.Type == ScalarType.BFloat16 ? ToleranceOfBFloat16 : ToleranceOfFloat32;
            return Difference(output, expected) <= tolerance && Difference(gradient, expectedGradient) <= tolerance;
        }
    }

    private static (Tensor Output, Tensor Gradient) Convolve(Tensor images, Tensor weights, Convolution convolution)
    {
        var input = images.detach().requires_grad_();
        var (stride, padding) = (convolution.Stride, convolution.Kernel / 2);
        var output = nn.functional.conv2d(input, weights, null, [stride, stride], [padding, padding], [1, 1], convolution.Groups);
        output.backward([Wave(output.shape, images.dtype)]);
        return (output.detach(), input.grad!);
    }

    /// <summary>The same numbers in the layout that networks train in, for which oneDNN has other kernels.</summary>
    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static double Difference(Tensor actual, Tensor expected) =>
        ((actual.to(ScalarType.Float64) - expected).norm() / expected.norm()).cpu().data<double>()[0];

    /// <summary>Numbers between -1 and 1 that are all different. No random ones: those are the user's.</summary>
    private static Tensor Wave(long[] shape, ScalarType type)
    {
        var values = new double[shape.Aggregate(1L, (count, length) => count * length)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Math.Sin(1.7 * i);
        }

        return tensor(values, shape, type, CPU);
    }

    private static bool SwitchOff() => IsOff = SwitchOff("_ZN2at7Context20setUserEnabledMkldnnEb");

    /// <summary>Clears a flag of libtorch's context, which TorchSharp does not expose. The names are those of compilers other than Microsoft's.</summary>
    private static bool SwitchOff(string setter)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        using var process = Process.GetCurrentProcess();
        var file = process.Modules.Cast<ProcessModule>().FirstOrDefault(module => module.ModuleName.StartsWith("libtorch_cpu", StringComparison.Ordinal))?.FileName;
        if (file is null || !NativeLibrary.TryLoad(file, out var library)
            || !NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(library, setter, out var set))
        {
            return false;
        }

        ((delegate* unmanaged<nint, byte, void>)set)(((delegate* unmanaged<nint>)context)(), 0);
        return true;
    }

    /// <summary>A convolution of two images of 8×8 pixels by square kernels, padded by half a kernel.</summary>
    internal sealed record Convolution(ScalarType Type, long Inputs, long Outputs, long Kernel, long Stride, long Groups = 1);
}
