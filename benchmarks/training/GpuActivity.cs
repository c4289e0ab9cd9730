using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace Cass.Training.Benchmarks;

/// <summary>Watches how much of the time a GPU works, as NVIDIA's driver counts it: the share of time in which any kernel ran.</summary>
internal sealed class GpuActivity : IDisposable
{
    private readonly Process process;
    private readonly List<double> shares = [];
    private readonly Lock gate = new();

    private GpuActivity(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) =>
        {
            if (double.TryParse(line.Data, NumberStyles.Float, CultureInfo.InvariantCulture, out var percent))
            {
                lock (gate)
                {
                    shares.Add(percent / 100);
                }
            }
        };
        process.BeginOutputReadLine();
    }

    /// <summary>The mean share from the start until now; null before the first sample.</summary>
    public double? Mean
    {
        get
        {
            lock (gate)
            {
                return shares.Count == 0 ? null : shares.Average();
            }
        }
    }

    /// <summary>Begins to watch; null for a processor, or where there is no nvidia-smi.</summary>
    public static GpuActivity? Watch(torch.Device device)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        string[] arguments = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=100", $"--id={Math.Max(0, device.index)}"];
        try
        {
            return new GpuActivity(Process.Start(new ProcessStartInfo("nvidia-smi", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public void Dispose()
    {
        process.Kill();
        process.Dispose();
    }
}
