namespace Cass.Training;

/// <summary>Whether there are enough images for the batches of each phase of a plan.</summary>
/// <param name="findings">Where problems are gathered.</param>
/// <param name="phases">All phases: an option that sets the batches of two of them has to suit both.</param>
internal sealed class BatchCheck(PlanFindings findings, IReadOnlyList<(string Section, BatchRule Rule, int Images)> phases)
{
    /// <summary>Checks one phase.</summary>
    /// <param name="phase">What the phase is called.</param>
    /// <param name="section">Name of its options.</param>
    /// <param name="count">Number of its images.</param>
    /// <param name="of">What they are a part of, as it stands behind the number.</param>
    /// <param name="more">How there could be more of them; null for no way.</param>
    /// <param name="isRaiseNeeded">Whether nothing but <paramref name="more"/> helps.</param>
    public void Check(string phase, string section, int count, string of, string? more, bool isRaiseNeeded = false)
    {
        var rule = phases.First(batch => string.Equals(batch.Section, section, StringComparison.Ordinal)).Rule;
        if (rule.Allows(count))
        {
            return;
        }

        // An option that sets the batches of both phases has to suit both.
        var size = findings.Names[$"{section}.BatchSize"];
        (BatchRule Rule, int Images)[] set =
        [
            .. phases.Where(batch => string.Equals(findings.Names[$"{batch.Section}.BatchSize"], size, StringComparison.Ordinal))
                .OrderByDescending(batch => string.Equals(batch.Section, section, StringComparison.Ordinal))
                .Select(batch => (batch.Rule, batch.Images)),
        ];
        var other = size is not null && BatchRule.Nearest(set) is { } nearest ? $"{(nearest < rule.BatchSize ? "lower" : "raise")} {size} to {nearest}" : null;
        var drop = findings.Names[$"{section}.DropLast"] is { } dropLast ? $"set {dropLast}" : null;
        if (isRaiseNeeded)
        {
            // No other batches bring the classes that the labelled images lack.
            (other, drop) = (null, null);
        }

        findings.Problem(rule switch
        {
            _ when rule.IsTooFew(count) => $"{phase} with batches of {rule.BatchSize} needs at least as many images; there {(count == 1 ? "is" : "are")} {count:N0}{of}. {PlanFindings.Sentence(other, more, "give more images")}",
            { CannotBeShared: true } => $"{phase} has batches of {rule.BatchSize} images for {rule.Processes} processes, of which each needs one. {PlanFindings.Sentence(other, "start fewer processes")}",
            { Processes: > 1 } => $"{count:N0} images in batches of {rule.BatchSize} leave a last batch of {count % rule.BatchSize} in {phase.ToLowerInvariant()} for {rule.Processes} processes, of which each needs {(rule.NeededByEach == 1 ? "one" : "two, for batch statistics to learn from")}. {PlanFindings.Sentence(drop, other, more, "start fewer processes")}",
            _ => $"{count:N0} images in batches of {rule.BatchSize} leave a last batch of one image in {phase.ToLowerInvariant()}, which has no batch statistics to learn from. {PlanFindings.Sentence(drop, other, more, "give more images")}",
        });
    }
}
