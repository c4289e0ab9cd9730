using System.Runtime.InteropServices;
using SkiaSharp;

namespace Cass.Data;

/// <summary>
/// Decodes JPEG, PNG, BMP, WebP and GIF (its first frame) to 8 bits a channel: greyscale files to one channel, all
/// others to RGB. PNG of 16 bits goes through <see cref="ImageDecodingOptions.HighBitDepth"/>. An alpha channel is dropped and a colour profile ignored, as <c>Image.convert("RGB")</c> of Pillow
/// does.
/// </summary>
public static class ImageDecoder
{
    internal static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    private static ReadOnlySpan<byte> JpegSignature => [0xff, 0xd8, 0xff];

    /// <summary>Decodes an image from memory.</summary>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">What the image is called in errors.</param>
    /// <param name="options">Limits and choices; null for the defaults.</param>
    /// <returns>The pixels, grey or RGB.</returns>
    /// <exception cref="UnreadableImageException">The bytes are no whole image of a known format, or it is larger than allowed.</exception>
    public static PixelImage Decode(ReadOnlySpan<byte> encoded, string name, ImageDecodingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Decode(encoded, name, options ?? ImageDecodingOptions.Default, input: null);
    }

    /// <summary>Decodes an image for a network.</summary>
    /// <param name="image">
    /// The image. One that is encoded, an <see cref="ImageFile"/> or an <see cref="EncodedImage"/>, is decoded by its own options where it has
    /// any; others decode themselves.
    /// </param>
    /// <param name="options">Limits and choices, where the image has none of its own.</param>
    /// <param name="height">Height of the network's input in pixels, which <see cref="ImageDecodingOptions.ReducingGap"/> is measured by.</param>
    /// <param name="width">Width of the network's input in pixels.</param>
    /// <returns>The pixels, grey or RGB; not resized to the input.</returns>
    /// <exception cref="CassInputException">The image is missing, unreadable or larger than allowed; the message names it.</exception>
    public static PixelImage DecodeFor(IImageSource image, ImageDecodingOptions options, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return image is IEncodedImageSource encoded ? encoded.DecodeFor(options, (height, width)) : SourceReading.Pixels(image);
    }

    internal static PixelImage Decode(ReadOnlySpan<byte> encoded, string name, ImageDecodingOptions options, (int Height, int Width)? input)
    {
        if (encoded.IsEmpty)
        {
            throw new UnreadableImageException(name, "it is empty (0 bytes); replace it or leave it out.");
        }

        CheckBytes(encoded.Length, name, options);

        if (Png16Decoder.Handles(encoded))
        {
            return Png16Decoder.Decode(encoded, name, options);
        }

        unsafe
        {
            fixed (byte* pointer = encoded)
            {
                // The codec reads from this memory while it is pinned; nothing is copied.
                using var data = SKData.Create((nint)pointer, encoded.Length);
                using var codec = SKCodec.Create(data) ?? throw new UnreadableImageException(name, DescribeUnknown(encoded));
                return Decode(codec, encoded.Length, name, options, input);
            }
        }
    }

    private static PixelImage Decode(SKCodec codec, int bytes, string name, ImageDecodingOptions options, (int Height, int Width)? input)
    {
        CheckSize(codec.Info.Width, codec.Info.Height, bytes, name, options);
        var (width, height) = input is { } size && options.ReducingGap is { } gap
            ? ReducedSize.Of(codec, size, gap, options.ApplyExifOrientation)
            : (codec.Info.Width, codec.Info.Height);
        var image = codec.Info.ColorType == SKColorType.Gray8
            ? DecodeGray(codec, width, height, name)
            : DecodeColor(codec, width, height, name);
        return options.ApplyExifOrientation ? ExifOrientation.Apply(image, codec.EncodedOrigin) : image;
    }

    /// <summary>Refuses an image by the number of its bytes.</summary>
    internal static void CheckBytes(long bytes, string name, ImageDecodingOptions options)
    {
        if (bytes > options.MaxBytes)
        {
            throw TooManyBytes(name, options);
        }
    }

    internal static UnreadableImageException TooManyBytes(string name, ImageDecodingOptions options) =>
        new(name, $"it has more than the {options.MaxBytes} bytes allowed; compress it or scale it down{options.Advise(nameof(options.MaxBytes), setting => $", or raise {setting}")}.") { ExceedsLimit = true };

    /// <summary>Refuses an image by its size alone, before memory is taken for it.</summary>
    internal static void CheckSize(long width, long height, int bytes, string name, ImageDecodingOptions options)
    {
        if (width < 1 || height < 1)
        {
            throw new UnreadableImageException(name, $"it says that it is {width}×{height} pixels; the file is damaged.");
        }

        if (width * height > options.MaxPixels)
        {
            throw new UnreadableImageException(name, $"it has {width}×{height} = {width * height} pixels, more than the {options.MaxPixels} allowed; scale it down{options.Advise(nameof(options.MaxPixels), name => $", or raise {name}")}.") { ExceedsLimit = true };
        }

        if (width * height > ImageDecodingOptions.AlwaysAllowedPixels && width * height / bytes > options.MaxPixelsPerByte)
        {
            throw new UnreadableImageException(name, $"it says that it has {width}×{height} = {width * height} pixels, in a file of {bytes} bytes, which is more than the {options.MaxPixelsPerByte} pixels a byte allowed for images of that size: it is damaged, or made to exhaust the memory. Replace it{options.Advise(nameof(options.MaxPixelsPerByte), name => $", or raise {name}")}.");
        }

        if (width * height > int.MaxValue / 4)
        {
            throw new UnreadableImageException(name, $"it has {width}×{height} pixels, more than can be decoded at once; cut it into tiles.") { ExceedsLimit = true };
        }
    }

    private static PixelImage DecodeGray(SKCodec codec, int width, int height, string name)
    {
        var pixels = PixelBuffers.Rent(width * height);
        ReadPixels(codec, new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque), pixels, name);
        return new PixelImage(width, height, 1, pixels);
    }

    private static PixelImage DecodeColor(SKCodec codec, int width, int height, string name)
    {
        var rgba = PixelBuffers.Rent(width * height * 4);
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        ReadPixels(codec, new SKImageInfo(width, height, SKColorType.Rgba8888, alpha), rgba, name);
        var rgb = PixelBuffers.Rent(width * height * 3);
        ChannelLayout.DropAlpha(rgba, rgb);
        PixelBuffers.Return(rgba);
        return new PixelImage(width, height, 3, rgb);
    }

    private static unsafe void ReadPixels(SKCodec codec, SKImageInfo info, byte[] pixels, string name)
    {
        SKCodecResult result;
        fixed (byte* pointer = &MemoryMarshal.GetArrayDataReference(pixels))
        {
            result = codec.GetPixels(info, (nint)pointer, info.RowBytes, SKCodecOptions.Default);
        }

        if (result != SKCodecResult.Success)
        {
            throw new UnreadableImageException(name, Describe(result, codec.EncodedFormat));
        }
    }

    private static string Describe(SKCodecResult result, SKEncodedImageFormat format) => result switch
    {
        SKCodecResult.IncompleteInput => $"the {Name(format)} data ends early; the file is truncated. Copy it again or leave it out.",
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => $"the {Name(format)} data is damaged; replace the file or leave it out.",
        SKCodecResult.InvalidConversion or SKCodecResult.Unimplemented => $"this kind of {Name(format)} is not supported; convert it to PNG.",
        _ => $"the {Name(format)} decoder failed ({result}); replace the file or convert it to PNG.",
    };

    private static string Name(SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Jpeg => "JPEG",
        SKEncodedImageFormat.Webp => "WebP",
        _ => format.ToString().ToUpperInvariant(),
    };

    private static string DescribeUnknown(ReadOnlySpan<byte> encoded)
    {
        const string Remedy = "convert it to JPEG or PNG, or leave it out.";
        if (encoded.StartsWith("II*\0"u8) || encoded.StartsWith("MM\0*"u8))
        {
            return "it is a TIFF, which is not supported; " + Remedy;
        }

        if (encoded.Length > 132 && encoded[128..].StartsWith("DICM"u8))
        {
            return $"it is a DICOM file; read its pixels with a DICOM library and pass them on as a {nameof(RawImage)}.";
        }

        if (encoded.StartsWith(JpegSignature) || encoded.StartsWith(PngSignature) || encoded.StartsWith("GIF8"u8) || encoded.StartsWith("BM"u8) || encoded.StartsWith("RIFF"u8))
        {
            return "its header is damaged or cut off; replace the file or leave it out.";
        }

        var isText = encoded[..Math.Min(encoded.Length, 256)].IndexOfAnyExceptInRange((byte)9, (byte)126) < 0;
        return (isText ? "it is text, not an image; " : "it is no JPEG, PNG, BMP, WebP or GIF; ") + Remedy;
    }
}
