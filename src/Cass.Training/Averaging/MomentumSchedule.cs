namespace Cass.Training;

/// <summary>
/// The momentum of a teacher that follows a student: a cosine from its start to 1 over the run (Grill et al. 2020, BYOL,
/// section 3.2; Caron et al. 2021, DINO).
/// </summary>
/// <param name="start">Momentum of the first step, in [0, 1]. Default 0.996.</param>
public sealed class MomentumSchedule(double start = 0.996)
{
    /// <summary>The momentum of a step: 1 − (1 − start)·(cos(π·step/totalSteps) + 1)/2.</summary>
    /// <param name="step">Steps already taken, from 0.</param>
    /// <param name="totalSteps">Steps of the run, at least 1.</param>
    /// <returns>The momentum.</returns>
    public double At(long step, long totalSteps) => 1 - ((1 - start) * (Math.Cos(Math.PI * step / totalSteps) + 1) / 2);
}
