using Cass.Data;

namespace Cass;

/// <summary>The forms in which one image comes to a predictor.</summary>
public static class ImagePredictorExtensions
{
    /// <summary>Predicts an image file.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="path">The file.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="CassInputException">The file is missing or unreadable; the message names it.</exception>
    public static Prediction Predict(this IImagePredictor predictor, string path) => predictor.Predict(new ImageFile(path));

    /// <summary>Predicts an image.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="image">Where it comes from.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="CassInputException">The image is missing or unreadable; the message names it.</exception>
    public static Prediction Predict(this IImagePredictor predictor, IImageSource image)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(image);
        return predictor.Predict([image])[0];
    }

    /// <summary>Predicts an encoded image in memory: the bytes of a JPEG, PNG, BMP, WebP or GIF.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">What the image is called in the prediction and in errors.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="CassInputException">The bytes are no image; the message names it.</exception>
    public static Prediction Predict(this IImagePredictor predictor, ReadOnlyMemory<byte> encoded, string name = "image") =>
        predictor.Predict(new EncodedImage(encoded, name));

    /// <summary>Predicts an encoded image from a stream, which is read to its end.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="name">What the image is called in the prediction and in errors.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="CassInputException">The stream is empty or holds no image; the message names it.</exception>
    public static Prediction Predict(this IImagePredictor predictor, Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return predictor.Predict(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), name);
    }

    /// <summary>Predicts an image that is decoded already.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="pixels">The pixels.</param>
    /// <param name="name">What the image is called in the prediction.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    public static Prediction Predict(this IImagePredictor predictor, PixelImage pixels, string name = "pixels")
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return predictor.Predict(new DecodedImage(name, pixels));
    }

    private sealed record DecodedImage(string Name, PixelImage Pixels) : IImageSource
    {
        public PixelImage Decode() => Pixels;
    }
}
