using BrainMri.Phantoms;
using Cass.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Explain.Benchmarks;

/// <summary>A phantom with a tumour that no network has seen, and where its tumour is.</summary>
internal sealed class MaskedPhantom
{
    /// <summary>Beyond the numbers of training images.</summary>
    private const ulong FirstSeed = 1_000_000;

    private static readonly TumorKind[] Tumors = [TumorKind.Glioma, TumorKind.Pituitary, TumorKind.Meningioma];

    private MaskedPhantom(PhantomImage image)
    {
        Image = image;
        Mask = Array.ConvertAll(image.DecodeTumorMask().Pixels, level => level > 0);
    }

    public PhantomImage Image { get; }

    /// <summary>For each pixel, whether the tumour covers it.</summary>
    public bool[] Mask { get; }

    /// <summary>As many of each kind as the number allows.</summary>
    public static IEnumerable<MaskedPhantom> Several(int count) =>
        Enumerable.Range(0, count).Select(i => new MaskedPhantom(new PhantomImage(Tumors[i % Tumors.Length], FirstSeed + (ulong)i, SmallPair.Side)));

    /// <summary>As a network takes it, [1, 3, side, side].</summary>
    public Tensor Input(ImagePipeline pipeline)
    {
        var pixels = new float[pipeline.OutputLength];
        pipeline.Apply(Image.Decode(), Random.Shared, pixels);
        return tensor(pixels, [1, pipeline.OutputChannels, pipeline.OutputHeight, pipeline.OutputWidth]);
    }
}
