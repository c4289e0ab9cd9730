using Cass.Data;

namespace Cass.Training;

/// <summary>Whether the parts that images are split into go together: same classes, some images, labels of the kind that the loss is for.</summary>
internal sealed class PartCheck(FineTuningOptions options, PlanFindings findings)
{
    /// <summary>Checks the validation images, or that nothing needs them.</summary>
    public void Validation(ImageDataset train, ImageDataset? validation)
    {
        TunedThresholds(validation is not null);
        if (validation is null || !train.IsLabeled)
        {
            return;
        }

        if (validation.Count == 0)
        {
            findings.Problem("The validation dataset has no images; pass null to fine-tune without validation.");
        }
        else if (HasSameClasses("validation", train, validation) && Absent(train, validation) is { Length: > 0 } absent)
        {
            findings.Warning($"{LabelCheck.Named(train.Labels, absent)} none of the {validation.Count:N0} validation images: the best epoch is chosen without {(absent.Length == 1 ? "it" : "them")}.");
        }
    }

    /// <summary>Checks the test images.</summary>
    public void Test(ImageDataset? train, ImageDataset test)
    {
        if (test.Count == 0)
        {
            findings.Problem("The test dataset has no images; leave it out, or give some.");
            return;
        }

        if (train is not { IsLabeled: true } || !HasSameClasses("test", train, test))
        {
            return;
        }

        if (Absent(train, test) is { Length: > 0 } absent)
        {
            findings.Warning($"{LabelCheck.Named(train.Labels, absent)} none of the {test.Count:N0} test images: the scores say nothing of {(absent.Length == 1 ? "it" : "them")}, and means over classes count {(absent.Length == 1 ? "it" : "them")} as 0.");
        }

        if (test.Count == 1 || (test.IsGrouped && Enumerable.Range(1, test.Count - 1).All(i => string.Equals(test.GroupOf(i), test.GroupOf(0), StringComparison.Ordinal))))
        {
            findings.Warning($"{(test.Count == 1 ? "There is a single test image" : $"All {test.Count:N0} test images are of one group, '{test.GroupOf(0)}'")}: of it no confidence interval can be made, and the report has none.");
        }
    }

    /// <summary>Whether the images are what the loss is for: under a softmax each has exactly one label.</summary>
    public void OneLabelAnImage(RunPlan plan)
    {
        if (options.Loss.Activation() == OutputActivation.Sigmoid)
        {
            return;
        }

        var all = new (string Name, ImageDataset? Images)[] { ("training", plan.Train), ("validation", plan.Validation), ("test", plan.Test) };
        string[] parts = [.. all.Where(part => part.Images is { IsMultiLabel: true }).Select(part => part.Name)];
        if (parts.Length > 0)
        {
            var name = findings.Names["FineTuning.Loss"];
            findings.Problem(
                $"The {string.Join(" and ", parts)} images may have several labels or none, but {name ?? "the loss of fine-tuning"} is {options.Loss}, for images with exactly one label each. {PlanFindings.Sentence(name is null ? null : $"set {name} to {FineTuningLoss.Focal}, which decides each label on its own", "give images of one label each")}");
        }
    }

    /// <summary>Checks that there is something to tune thresholds on.</summary>
    public void TunedThresholds(bool hasValidation)
    {
        if (options.TuneThresholds && !hasValidation)
        {
            findings.Problem($"{findings.Names["FineTuning.TuneThresholds"] ?? "The tuning of thresholds"} needs validation images; pass some to FineTune, or leave thresholds as they are.");
        }
    }

    private bool HasSameClasses(string part, ImageDataset train, ImageDataset images)
    {
        if (!images.IsLabeled)
        {
            findings.Problem($"The {part} images have no labels; read them like the training images.");
            return false;
        }

        if (!images.Labels.Equals(train.Labels))
        {
            findings.Problem($"The {part} images have other classes ({images.Labels}) than the training images ({train.Labels}); read both with one label map.");
            return false;
        }

        return true;
    }

    private static int[] Absent(ImageDataset train, ImageDataset part) =>
        [.. Enumerable.Range(0, train.Labels.Count).Where(id => part.ClassCounts[id] == 0 && train.ClassCounts[id] > 0)];
}
