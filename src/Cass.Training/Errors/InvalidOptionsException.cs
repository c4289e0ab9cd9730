namespace Cass.Training;

/// <summary>One or more settings are outside their range.</summary>
public sealed class InvalidOptionsException : CassInputException
{
    internal InvalidOptionsException(IReadOnlyList<string> failures)
        : base(string.Join(" ", failures))
    {
        Failures = failures;
    }

    /// <summary>A sentence for each setting: its name, its value and what is allowed.</summary>
    public IReadOnlyList<string> Failures { get; }
}
