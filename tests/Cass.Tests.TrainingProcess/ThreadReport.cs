using System.Globalization;
using static TorchSharp.torch;

namespace Cass.Tests.TrainingProcess;

/// <summary>Prints how many threads libtorch computes with, on the main thread and on another, once it is loaded.</summary>
internal static class ThreadReport
{
    /// <param name="before">What happens before: <c>set NAME VALUE</c> in the environment, <c>use</c> of TorchSharp, <c>threads N</c>.</param>
    public static void Print(IEnumerable<string> before)
    {
        var rest = new Queue<string>(before);
        while (rest.TryDequeue(out var action))
        {
            switch (action)
            {
                case "set":
                    Environment.SetEnvironmentVariable(rest.Dequeue(), rest.Dequeue());
                    break;
                case "use":
                    ones(1).Dispose();
                    break;
                case "threads":
                    set_num_threads(int.Parse(rest.Dequeue(), CultureInfo.InvariantCulture));
                    break;
                default:
                    throw new ArgumentException($"'{action}' is no action.", nameof(before));
            }
        }

        TorchBackend.EnsureLoaded();
        var other = 0;
        var thread = new Thread(() => other = get_num_threads());
        thread.Start();
        thread.Join();
        Console.WriteLine(FormattableString.Invariant($"{get_num_threads()} {other}"));
    }
}
