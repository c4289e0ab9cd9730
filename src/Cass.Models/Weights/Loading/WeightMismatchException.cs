namespace Cass.Models;

/// <summary>A weight file does not fit the network that it is loaded into. The network is as it was.</summary>
public sealed class WeightMismatchException : CassInputException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="report">What fits and what does not.</param>
    /// <param name="message">What does not fit and what to do; one line.</param>
    public WeightMismatchException(WeightLoadReport report, string message)
        : base(OneLine(message))
    {
        Report = report;
    }

    /// <summary>What would have been loaded, and what is missing or unexpected.</summary>
    public WeightLoadReport Report { get; }

    /// <summary>A hostile file's names reach no log with their control characters.</summary>
    private static string OneLine(string message) => new([.. message.Select(c => char.IsControl(c) ? '?' : c)]);
}
