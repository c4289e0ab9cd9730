using Cass.Data;

namespace Cass.Training;

/// <summary>Whether a teacher fits the student that is to learn from it.</summary>
internal sealed class TeacherCheck(FineTuningOptions options, (int Height, int Width) imageSize, ChannelStatistics normalization, PlanFindings findings)
{
    /// <summary>Whether a teacher takes the images that its student gets, and says of them what the student is to learn.</summary>
    public void Check(ImageClassifier teacher)
    {
        var (name, loss) = (teacher.Network.ModelName, findings.Names["FineTuning.Loss"]);
        if (teacher.Activation != options.Loss.Activation())
        {
            var isSoftmax = teacher.Activation == OutputActivation.Softmax;
            findings.Problem(
                $"The teacher {name} gives probabilities by {(isSoftmax ? "a softmax" : "sigmoids")}, but {loss ?? "the loss of fine-tuning"} is {options.Loss}, on {(isSoftmax ? "sigmoids" : "a softmax")}. {PlanFindings.Sentence(loss is null ? null : $"set {loss} to {(isSoftmax ? FineTuningLoss.CrossEntropy : FineTuningLoss.Focal)}", "train the teacher on the same kind of loss")}");
        }

        if ((teacher.ImageHeight, teacher.ImageWidth) != imageSize)
        {
            findings.Problem($"The teacher {name} takes images of {teacher.ImageHeight}×{teacher.ImageWidth}; this trainer resizes them to {imageSize.Height}×{imageSize.Width}, and both get the same. {PlanFindings.Sentence(findings.Names["Images.Height"] is { } height ? $"set {height}{(findings.Names["Images.Width"] is { } width ? $" and {width}" : string.Empty)}" : null, "train the teacher at that size")}");
        }

        if (!teacher.Normalization.Equals(normalization))
        {
            findings.Problem($"The teacher {name} takes images normalised with {Described(teacher.Normalization)}; this trainer normalises with {Described(normalization)}, and both get the same. {PlanFindings.Sentence(findings.Names["Images.Mean"] is { } mean ? $"set {mean}{(findings.Names["Images.Std"] is { } std ? $" and {std}" : string.Empty)}" : null, "train the teacher with the same")}");
        }
    }

    private static string Described(ChannelStatistics normalization) =>
        $"means of {string.Join(", ", normalization.Mean.Select(PlanFindings.Number))} and deviations of {string.Join(", ", normalization.Std.Select(PlanFindings.Number))}";

    /// <summary>Whether images have the teacher's classes.</summary>
    public bool Agrees(string part, LabelMap labels, ImageClassifier teacher)
    {
        if (labels.Equals(teacher.Labels))
        {
            return true;
        }

        findings.Problem($"The {part} images have other classes ({labels}) than the teacher ({teacher.Labels}); read them with the teacher's label map, or give images without labels.");
        return false;
    }

    /// <summary>Checks validation images where the training images have no labels.</summary>
    public void Validation(ImageClassifier teacher, ImageDataset? validation)
    {
        if (validation is { Count: 0 })
        {
            findings.Problem("The validation dataset has no images; pass null to distil without validation.");
        }
        else if (validation is { IsLabeled: false })
        {
            findings.Problem("The validation images have no labels, which the best epoch is chosen by; pass null to distil without validation.");
        }
        else if (validation is not null)
        {
            Agrees("validation", validation.Labels, teacher);
        }
    }
}
