namespace Cass.Training;

/// <summary>Which epoch's weights fine-tuning returns, where there are validation images.</summary>
public enum BestEpoch
{
    /// <summary>The one with the highest validation F1; of several with the same, the one with the lowest validation loss.</summary>
    F1ThenLoss,

    /// <summary>The one with the lowest validation loss, which does not depend on any threshold.</summary>
    Loss,

    /// <summary>The first one with the highest validation F1, as published.</summary>
    F1,

    /// <summary>
    /// The one with the highest area under the receiver operating characteristic of the validation images (from 0 to 1), as MedMNIST chooses (Yang et al. 2023);
    /// of several with the same, the one with the lowest validation loss. It depends on no threshold. It is the mean over the labels that some of the images
    /// have and others have not; where no label is such, the loss alone decides. Each epoch has it among its
    /// <see cref="FineTuningEpoch.ValidationMetrics"/> as <c>AUROC</c>; a metric of that name among <see cref="FineTuner.Metrics"/> takes its place.
    /// </summary>
    Auroc,
}
