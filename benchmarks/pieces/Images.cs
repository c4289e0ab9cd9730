using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Cass.Data;
using SkiaSharp;

namespace Cass.Pieces.Benchmarks;

/// <summary>Decoding and resizing an image of 512x512 to 384x384, beside SkiaSharp alone.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class Images : IDisposable
{
    private readonly SKBitmap bitmap;
    private readonly byte[] jpeg;
    private readonly PixelImage image;

    /// <summary>Draws the image.</summary>
    public Images()
    {
        bitmap = new SKBitmap(512, 512, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        using (var shader = SKShader.CreatePerlinNoiseTurbulence(0.02f, 0.03f, 4, 7))
        using (var paint = new SKPaint { Shader = shader })
        {
            canvas.DrawColor(SKColors.Gray);
            canvas.DrawRect(0, 0, 512, 512, paint);
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        jpeg = data.ToArray();
        image = ImageDecoder.Decode(jpeg, "noise.jpg");
    }

    /// <summary>SkiaSharp.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("decode")]
    public int SkiaDecode()
    {
        using var decoded = SKBitmap.Decode(jpeg);
        return decoded.Width;
    }

    /// <summary>Cass.Data, to 3 bytes a pixel.</summary>
    [Benchmark]
    [BenchmarkCategory("decode")]
    public int Decode() => ImageDecoder.Decode(jpeg, "noise.jpg").Width;

    /// <summary>SkiaSharp, linear with mipmaps: not antialiased as Pillow is.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("resize")]
    public int SkiaResize()
    {
        using var resized = bitmap.Resize(new SKSizeI(384, 384), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return resized.Width;
    }

    /// <summary>Cass.Data, as Pillow resizes: antialiased.</summary>
    [Benchmark]
    [BenchmarkCategory("resize")]
    public int Resize() => ImageResampling.Resize(image, 384, 384).Width;

    /// <inheritdoc/>
    public void Dispose()
    {
        bitmap.Dispose();
        GC.SuppressFinalize(this);
    }
}
