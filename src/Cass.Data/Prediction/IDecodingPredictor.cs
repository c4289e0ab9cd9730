namespace Cass.Data;

/// <summary>
/// A predictor that says how images are decoded, and can decode and resize them ahead of the prediction, on other threads than those that
/// compute.
/// </summary>
public interface IDecodingPredictor : IImagePredictor
{
    /// <summary>How images are decoded that have no options of their own, and how many bytes are read of a stream.</summary>
    ImageDecodingOptions Decoding { get; }

    /// <summary>
    /// Does what an image needs before a network can take it: <see cref="IImagePredictor.Predict"/> of the result is <see cref="IImagePredictor.Predict"/>
    /// of the image, to the bit. May be called from several threads at once.
    /// </summary>
    /// <param name="image">Where it comes from.</param>
    /// <returns>The image, prepared for this predictor and no other.</returns>
    /// <exception cref="CassInputException">The image is missing, unreadable or larger than allowed; the message names it.</exception>
    IImageSource Prepare(IImageSource image);
}
