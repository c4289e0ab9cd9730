using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Cass.Training.Benchmarks;

/// <summary>A Python with torch and torchvision, and what it computes with.</summary>
/// <param name="Interpreter">The program.</param>
/// <param name="Torch">The version of PyTorch.</param>
/// <param name="TorchVision">The version of torchvision.</param>
/// <param name="Blas">The library of its matrix products.</param>
/// <param name="IsReferenceBlas">Whether that is the one of Netlib, which nobody would train with who knows.</param>
internal sealed record PythonPeer(string Interpreter, string Torch, string TorchVision, string Blas, bool IsReferenceBlas)
{
    // PyTorch names a library of its own in its configuration; one of the system's shows among the mapped files once it has multiplied.
    private const string Script = """
        import json, re, torch, torchvision
        torch.ones(64, 64) @ torch.ones(64, 64)
        own = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
        try:
            files = sorted({line.split()[-1] for line in open("/proc/self/maps") if re.search(r"blas|mkl|blis|atlas", line.split()[-1])})
        except OSError:
            files = []
        named = own.group(1) if own and own.group(1) != "generic" else None
        files = [file for file in files if "/libblas.so" in file] or files
        fast = [file for file in files if re.search(r"openblas|mkl|blis|atlas", file)]
        print(json.dumps({
            "Torch": torch.__version__,
            "TorchVision": torchvision.__version__,
            "Blas": (fast or [named] if named or fast else files or ["unknown"])[0],
            "IsReferenceBlas": bool(files) and not fast and not named}))
        """;

    /// <summary>Looks at an interpreter.</summary>
    /// <returns>Null where it is none, or lacks torch or torchvision.</returns>
    public static PythonPeer? Find(string interpreter)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(interpreter, ["-c", Script]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? JsonSerializer.Deserialize<PythonPeer>(answer)! with { Interpreter = interpreter } : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public override string ToString() => $"{Interpreter}, PyTorch {Torch}, torchvision {TorchVision}, matrix products by {Blas}";
}
