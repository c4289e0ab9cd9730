namespace Cass;

/// <summary>
/// Where one image comes from: a file, a stream, a PACS, a database, a region of a slide. Implementations are
/// called from several threads at once and keep no decoded pixels.
/// </summary>
public interface IImageSource
{
    /// <summary>What the image is called in errors, reports and predictions; a path, for a file.</summary>
    string Name { get; }

    /// <summary>Reads and decodes the image.</summary>
    /// <returns>Its pixels, 8 bits a channel, grey or RGB.</returns>
    /// <exception cref="CassInputException">The image is missing, unreadable or larger than allowed; the message names it.</exception>
    PixelImage Decode();
}
