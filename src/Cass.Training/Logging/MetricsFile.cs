using System.Globalization;
using System.Text;

namespace Cass.Training;

/// <summary>Every figure of a run as CSV: each metric of each epoch of each phase once.</summary>
internal sealed class MetricsFile(string path)
{
    private const string Header = "time,phase,metric,epoch,value";

    /// <summary>Makes room for a phase that starts, or goes on in an epoch: rows of it that come again are left out, and so is a row that was cut off.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="firstEpoch">The first epoch whose figures come again.</param>
    /// <param name="keepOthers">Whether rows of other phases stay.</param>
    public void Begin(string phase, int firstEpoch, bool keepOthers)
    {
        var text = new StringBuilder(Header).Append('\n');
        if (File.Exists(path))
        {
            var content = File.ReadAllText(path);
            var whole = content.LastIndexOf('\n');
            foreach (var line in content[..Math.Max(0, whole)].Split('\n').Skip(1))
            {
                if (PlaceOf(line) is var (ofPhase, epoch) && (string.Equals(ofPhase, phase, StringComparison.Ordinal) ? epoch < firstEpoch : keepOthers))
                {
                    text.Append(line).Append('\n');
                }
            }
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    /// <exception cref="IOException">The row could not be written; nothing of it is there.</exception>
    public void Add(string phase, string metric, int epoch, double value)
    {
        var row = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:O},{Quoted(phase)},{Quoted(metric)},{epoch},{value:R}\n"));
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var length = stream.Position;
        try
        {
            stream.Write(row);
        }
        catch (IOException)
        {
            stream.SetLength(length);
            throw;
        }
    }

    private static (string Phase, int Epoch)? PlaceOf(string row)
    {
        // Names are this library's own but for those of networks; only these could be quoted, and they stand between the first and the last fields.
        var fields = row.Split(',');
        return fields.Length >= 5 && int.TryParse(fields[^2], CultureInfo.InvariantCulture, out var epoch) ? (fields[1], epoch) : null;
    }

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
