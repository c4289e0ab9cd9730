namespace Cass;

/// <summary>Says of images which classes they show.</summary>
public interface IImagePredictor
{
    /// <summary>The classes, in the order of <see cref="Prediction.Probabilities"/>.</summary>
    LabelMap Labels { get; }

    /// <summary>Predicts images as one batch. May be called from several threads at once.</summary>
    /// <param name="images">Where they come from.</param>
    /// <returns>A prediction for each, in their order.</returns>
    /// <exception cref="CassInputException">An image is missing or unreadable; the message names it.</exception>
    IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images);
}
