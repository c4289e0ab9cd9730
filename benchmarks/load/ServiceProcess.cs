using System.Diagnostics;

namespace Cass.Load.Benchmarks;

/// <summary>The sample's service in a process of its own.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process process;

    /// <param name="classifier">The classifier's folder, or its ONNX model.</param>
    /// <param name="settings">What the service is given beside it on its command line.</param>
    public ServiceProcess(string classifier, IEnumerable<string> settings)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var argument in (string[])["serve", classifier, "--urls", "http://127.0.0.1:0", .. settings])
        {
            start.ArgumentList.Add(argument);
        }

        var address = new TaskCompletionSource<Uri>();
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Exited += (_, _) => address.TrySetException(new InvalidOperationException("The service did not start."));
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Split(Listening) is [_, var url])
            {
                address.TrySetResult(new Uri(url.Trim()));
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        Address = address.Task.GetAwaiter().GetResult();
    }

    public Uri Address { get; }

    /// <summary>Memory that the process has.</summary>
    public double Megabytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1e6;
        }
    }

    /// <summary>The most memory that the process has had.</summary>
    public double PeakMegabytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64 / 1e6;
        }
    }

    public void Dispose()
    {
        process.Kill();
        process.Dispose();
    }
}
