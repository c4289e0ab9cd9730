using BrainMri.Phantoms;

namespace Cass.Explain.Benchmarks;

/// <summary>A phantom that is drawn once.</summary>
internal sealed class DrawnPhantom(PhantomImage phantom) : IImageSource
{
    private readonly PixelImage pixels = phantom.Decode();

    public string Name => phantom.Name;

    public PixelImage Decode() => pixels;
}
