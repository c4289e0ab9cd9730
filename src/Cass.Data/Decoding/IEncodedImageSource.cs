namespace Cass.Data;

/// <summary>An image whose encoded bytes identify its pixels.</summary>
internal interface IEncodedImageSource : IImageSource
{
    /// <summary>What, besides the bytes, the pixels depend on.</summary>
    ImageDecodingOptions DecodingOptions { get; }

    /// <summary>Number of encoded bytes.</summary>
    long Length { get; }

    /// <summary>Reads the encoded bytes.</summary>
    byte[] ReadBytes();
}
