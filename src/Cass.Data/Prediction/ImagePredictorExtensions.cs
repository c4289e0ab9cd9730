using Cass.Data;

namespace Cass;

/// <summary>
/// The forms in which one image comes to a predictor. They are decoded by the predictor's options (<see cref="IDecodingPredictor"/>), or, of one
/// that has none, by <see cref="ImageDecodingOptions.ForPrediction"/>: at most 64 MiB and 50 million pixels.
/// </summary>
public static class ImagePredictorExtensions
{
    /// <summary>Predicts an image file.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="path">The file.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="CassInputException">The file is missing, unreadable or larger than allowed; the message names it.</exception>
    public static Prediction Predict(this IImagePredictor predictor, string path) => predictor.Predict(new ImageFile(path, DecodingOf(predictor)));

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
    /// <exception cref="CassInputException">The bytes are no image, or a larger one than allowed; the message names it.</exception>
    public static Prediction Predict(this IImagePredictor predictor, ReadOnlyMemory<byte> encoded, string name = "image") =>
        predictor.Predict(new EncodedImage(encoded, name, DecodingOf(predictor)));

    /// <summary>
    /// Predicts an encoded image from a stream, which is read to its end. The body of an ASP.NET Core request refuses to be read so; use
    /// <see cref="PredictAsync"/> there.
    /// </summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="name">What the image is called in the prediction and in errors.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="CassInputException">The stream is empty, holds no image, or one that is larger than allowed; the message names it.</exception>
    public static Prediction Predict(this IImagePredictor predictor, Stream stream, string name = "stream") =>
        predictor.Predict(EncodedImage.Read(stream, name, DecodingOf(predictor)));

    /// <summary>
    /// Predicts an encoded image from a stream, which is read asynchronously to its end; then decodes and predicts on a thread of the pool.
    /// </summary>
    /// <remarks>
    /// However many calls there are at once, as many images are decoded and predicted at once; the package Cass.Serving keeps them in line and computes
    /// them in batches.
    /// </remarks>
    /// <param name="predictor">The predictor.</param>
    /// <param name="stream">The stream, such as the body of a request; it stays open.</param>
    /// <param name="name">What the image is called in the prediction and in errors.</param>
    /// <param name="cancellationToken">Ends the call while the stream is read, before the image is decoded and before it is predicted. What has begun is finished, so that the predictor may be disposed once the call has ended.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="CassInputException">The stream is empty, holds no image, or one that is larger than allowed; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static async Task<Prediction> PredictAsync(this IImagePredictor predictor, Stream stream, string name = "stream", CancellationToken cancellationToken = default)
    {
        var image = await EncodedImage.ReadAsync(stream, name, DecodingOf(predictor), cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => PredictOnce(predictor, image, cancellationToken), cancellationToken).ConfigureAwait(false);
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

    private static Prediction PredictOnce(IImagePredictor predictor, IImageSource image, CancellationToken cancellationToken)
    {
        try
        {
            var prepared = predictor is IDecodingPredictor decoding ? decoding.Prepare(image) : image;
            cancellationToken.ThrowIfCancellationRequested();
            return predictor.Predict(prepared);
        }
        finally
        {
            // The pool has many threads, and each would keep buffers of its own.
            PixelBuffers.Forget();
        }
    }

    private static ImageDecodingOptions DecodingOf(IImagePredictor predictor)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        return predictor is IDecodingPredictor decoding ? decoding.Decoding : ImageDecodingOptions.ForPrediction;
    }

    private sealed record DecodedImage(string Name, PixelImage Pixels) : IImageSource
    {
        public PixelImage Decode() => Pixels;
    }
}
