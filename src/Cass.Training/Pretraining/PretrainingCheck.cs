namespace Cass.Training;

/// <summary>Holds the images of pretraining against its settings.</summary>
internal sealed class PretrainingCheck(PretrainingOptions options, PlanFindings findings, DistributedRun? processes)
{
    /// <summary>The phase, for a check of all batches of a plan.</summary>
    /// <param name="all">Number of images that there are.</param>
    public (string Section, BatchRule Rule, int Images) PhaseOf(int all) => ("Pretraining", options.Rule().SharedBy(processes), (int)(all * options.ImageFraction));

    /// <summary>Checks a run that is pretraining alone.</summary>
    /// <exception cref="CassInputException">It cannot be carried out; all that stands in its way is named.</exception>
    public void Run(IReadOnlyList<IImageSource> images, RunOptions run)
    {
        Check(images.Count, new BatchCheck(findings, [PhaseOf(images.Count)]));
        new OutputFolderCheck(run, findings).Check(images);
        findings.ThrowIfAny();
    }

    public void Check(int all, BatchCheck batches)
    {
        var (rule, share) = (options.Rule().SharedBy(processes), options.ImageFraction);
        var count = (int)(all * share);
        string? raise = null;
        if (share < 1 && !rule.Allows(count) && findings.Names["Pretraining.ImageFraction"] is { } name)
        {
            raise = ImageShare.Candidates(all, share).Where(more => rule.Allows((int)(all * more))).Select(more => $"raise {name} from {PlanFindings.Number(share)} to {PlanFindings.Number(more)}").FirstOrDefault();
        }

        batches.Check("Pretraining", "Pretraining", count, share < 1 ? $", {PlanFindings.Number(share)} of {all:N0}" : string.Empty, raise);
    }
}
