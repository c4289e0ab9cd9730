namespace Cass.Distributed;

/// <summary>Settings of processes that are connected by MPI.</summary>
public sealed record MpiOptions
{
    /// <summary>
    /// How long an operation waits for the other processes before this one ends the job: a network that is cut, or a process that hangs,
    /// would else be waited for without end. Longer than whatever a process does alone, such as scoring or writing a report.
    /// </summary>
    /// <value>Above zero. Default 30 minutes, as PyTorch's, or the seconds in the environment variable <c>CASS_MPI_TIMEOUT</c>.</value>
    public TimeSpan Timeout { get; init; } = MpiProcessGroup.DefaultTimeout;
}
