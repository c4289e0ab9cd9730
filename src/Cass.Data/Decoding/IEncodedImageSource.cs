namespace Cass.Data;

/// <summary>An image whose encoded bytes identify its pixels.</summary>
internal interface IEncodedImageSource : IImageSource
{
    /// <summary>What, besides the bytes, the pixels depend on.</summary>
    ImageDecodingOptions DecodingOptions { get; }

    /// <summary>Decodes for a network.</summary>
    /// <param name="fallback">Limits and choices, where the image has none of its own.</param>
    /// <param name="input">Size of the network's input in pixels, which <see cref="ImageDecodingOptions.ReducingGap"/> is measured by.</param>
    /// <returns>The pixels.</returns>
    PixelImage DecodeFor(ImageDecodingOptions fallback, (int Height, int Width) input);

    /// <summary>Number of encoded bytes.</summary>
    long Length { get; }

    /// <summary>Reads the encoded bytes.</summary>
    byte[] ReadBytes();
}
