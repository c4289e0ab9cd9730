using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cass.Tests.Models.Hub;

/// <summary>An HTTP server on the loopback interface that answers as told, also in the ways that servers should not.</summary>
internal sealed class LoopbackHub : IDisposable
{
    private readonly Func<HubRequest, HubReply> answer;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopped = new();
    private readonly ConcurrentQueue<HubRequest> requests = new();

    public LoopbackHub(Func<HubRequest, HubReply> answer)
    {
        this.answer = answer;
        listener.Start();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
        _ = Task.Run(AcceptAsync);
    }

    public Uri Address { get; }

    public IReadOnlyList<HubRequest> Requests => [.. requests];

    public void Dispose()
    {
        stopped.Cancel();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stopped.IsCancellationRequested)
        {
            var client = await listener.AcceptTcpClientAsync(stopped.Token);
            _ = Task.Run(() => ServeAsync(client));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var request = await ReadAsync(stream);
            requests.Enqueue(request);
            var reply = answer(request);
            var head = new StringBuilder();
            head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} Answer\r\nConnection: close\r\n");
            foreach (var (name, value) in reply.Headers)
            {
                head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            }

            if (reply.HasLength)
            {
                head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n");
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), stopped.Token);
            await stream.WriteAsync(reply.Body.AsMemory(0, Math.Min(reply.Sent, reply.Body.Length)), stopped.Token);
            await stream.FlushAsync(stopped.Token);
            if (reply.End == BodyEnd.Stalled)
            {
                await Task.Delay(Timeout.Infinite, stopped.Token);
            }

            if (reply.End == BodyEnd.Reset)
            {
                // What was sent must arrive before the reset throws it away.
                await Task.Delay(200, stopped.Token);
                client.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
    }

    private static async Task<HubRequest> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var next = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(next) == 1)
        {
            text.Append((char)next[0]);
        }

        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new HubRequest(
            lines[0].Split(' ')[1],
            lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(p => p[0], p => p[1], StringComparer.OrdinalIgnoreCase));
    }
}
