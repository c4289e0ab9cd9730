using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Cass.Data;

/// <summary>What is known of an image to compare it by.</summary>
internal sealed record ImageFingerprint
{
    /// <summary>Number of its encoded bytes; null for an image without them.</summary>
    public long? Length { get; init; }

    /// <summary>Hash of the encoded bytes; null until they are read.</summary>
    public UInt128? Bytes { get; init; }

    /// <summary>Hash of the decoded pixels; null until it is decoded.</summary>
    public UInt128? Pixels { get; init; }

    /// <summary>Perceptual hash; known where <see cref="Pixels"/> is.</summary>
    public ulong Look { get; init; }

    /// <summary>Reads the image as far as a comparison needs; what is known already is not read again.</summary>
    public ImageFingerprint Complete(IImageSource source, bool decode)
    {
        if (Pixels is not null || (Bytes is not null && !decode))
        {
            return this;
        }

        if (source is not IEncodedImageSource encoded)
        {
            return Of(SourceReading.Pixels(source));
        }

        var bytes = encoded.ReadBytes();
        var hashed = this with { Length = bytes.Length, Bytes = XxHash128.HashToUInt128(bytes) };
        return decode ? hashed.Of(ImageDecoder.Decode(bytes, source.Name, encoded.DecodingOptions)) : hashed;
    }

    private ImageFingerprint Of(PixelImage image) => this with { Pixels = HashPixels(image), Look = PerceptualHash.Compute(image) };

    /// <summary>A grey image and the same image as RGB have the same hash.</summary>
    private static UInt128 HashPixels(PixelImage image)
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes<int>([image.Width, image.Height]));
        if (image.Channels == 3 && ChannelLayout.IsGray(image.Pixels))
        {
            var gray = new byte[image.Width * image.Height];
            ChannelLayout.FirstOfThree(image.Pixels, gray);
            hash.Append(gray);
        }
        else
        {
            hash.Append(image.Pixels);
        }

        return hash.GetCurrentHashAsUInt128();
    }
}
