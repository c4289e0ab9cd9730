namespace Cass.Training;

/// <summary>What changes over a run of DINO, besides the learning rate and the teacher's momentum.</summary>
internal static class DinoSchedules
{
    /// <summary>A cosine from the weight decay of the first step to that at the end: final + (first − final)·(1 + cos(π·step/totalSteps))/2.</summary>
    public static double WeightDecay(DinoMethodOptions options, TrainingStep step) =>
        options.FinalWeightDecay + ((options.WeightDecay - options.FinalWeightDecay) * (1 + Math.Cos(Math.PI * step.Step / step.TotalSteps)) / 2);

    /// <summary>A line over the epochs of the warm-up, of which the first has the first temperature and the last the final one.</summary>
    public static double TeacherTemperature(DinoMethodOptions options, int epoch)
    {
        var (first, final, epochs) = (options.WarmupTeacherTemperature, options.TeacherTemperature, options.WarmupTeacherTemperatureEpochs);
        return epoch > epochs ? final : epochs == 1 ? first : first + ((final - first) * (epoch - 1) / (epochs - 1));
    }
}
