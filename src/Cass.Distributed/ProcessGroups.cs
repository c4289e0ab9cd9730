namespace Cass.Distributed;

/// <summary>Makes the process group that a program was started in.</summary>
public static class ProcessGroups
{
    /// <summary>
    /// Joins the processes that <c>mpirun</c> or <c>srun</c> has started together; without such a launcher, this process is alone. A
    /// process does it once, before it trains, and disposes the group as the last thing.
    /// </summary>
    /// <param name="options">Settings; the defaults where null.</param>
    /// <returns>The group; the caller disposes it.</returns>
    /// <exception cref="CassException">There is no MPI library, or it cannot be used, or the processes that the launcher has started do not find one another by it; the message says what helps.</exception>
    /// <example><code>
    /// using var group = ProcessGroups.FromEnvironment();
    /// using var trainer = CassTrainer.CreateBuilder().UseProcessGroup(group).Build();
    /// </code></example>
    public static IProcessGroup FromEnvironment(MpiOptions? options = null) => MpiLaunch.IsLaunched ? new MpiProcessGroup(options) : new SingleProcess();
}
