namespace Cass.Training;

/// <summary>Holds all phases of a plan against the settings and the networks.</summary>
internal sealed class PlanCheck(CassOptions options, (int Height, int Width) imageSize, SettingNames names, DistributedRun? processes)
{
    /// <summary>Checks a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="networks">The networks that are fine-tuned.</param>
    /// <param name="methodProblem">Why pretraining cannot be done with the networks, as a sentence; null where it can.</param>
    /// <exception cref="CassInputException">The plan cannot be carried out; all that stands in its way is named.</exception>
    public CheckedPlan Run(RunPlan plan, IReadOnlyList<Backbone> networks, string? methodProblem)
    {
        var findings = new PlanFindings(names);
        var pretraining = new PretrainingCheck(options.Pretraining, findings, processes);
        var fineTuning = new FineTuningCheck(options.FineTuning, options, imageSize, findings, processes);
        var labeled = plan.Train is null ? null : fineTuning.Labeled(plan.Train);
        var batches = new BatchCheck(
            findings,
            [
                .. plan.Unlabeled is null ? [] : new[] { pretraining.PhaseOf(plan.Unlabeled.Count) },
                .. labeled is null ? [] : new[] { fineTuning.PhaseOf(labeled, networks) },
            ]);
        if (plan.Unlabeled is { } unlabeled)
        {
            pretraining.Check(unlabeled.Count, batches);
            if (methodProblem is not null)
            {
                findings.Problem(methodProblem);
            }
        }

        fineTuning.Check(plan, labeled, networks, batches);
        new OutputFolderCheck(options, findings).Check(plan.Unlabeled, plan.Train?.Images, plan.Validation?.Images, plan.Test?.Images);
        findings.ThrowIfAny();
        return new CheckedPlan(labeled, findings.Warnings);
    }
}
