namespace Cass;

/// <summary>The processors that this process may use: the default of everything in CASS that works on several threads.</summary>
public static class AvailableProcessors
{
    private static readonly Lazy<int> Counted = new(() => Within(Environment.ProcessorCount, ControlGroups.ReadQuota("/")));

    /// <summary>
    /// The number of processors, at least 1: those that the process's affinity, its job (Windows) and
    /// <c>DOTNET_PROCESSOR_COUNT</c> leave, as in <see cref="Environment.ProcessorCount"/>, and on Linux no more than the quota
    /// of its control group and of the groups around it. Part of a processor does not count: a quota of 2.5 is 2. It is
    /// looked up once.
    /// </summary>
    public static int Count => Counted.Value;

    /// <param name="processors">Processors that there are without a quota.</param>
    /// <param name="quota">The quota in processors; null for none.</param>
    internal static int Within(int processors, double? quota) =>
        quota is { } limit && limit < processors ? Math.Max(1, (int)limit) : processors;
}
