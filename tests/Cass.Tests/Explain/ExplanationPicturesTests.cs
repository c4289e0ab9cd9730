using Cass.Data;
using Cass.Explain;
using Cass.Tests.Models;
using Cass.Tests.Serving;
using Cass.Tests.Training;
using Xunit;

namespace Cass.Tests.Explain;

public sealed class ExplanationPicturesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Heat_covers_the_image_from_blue_by_vermilion_to_yellow_and_cold_places_not_at_all()
    {
        var explanation = Explained(new RelevanceMap(1, 3, [-1, 0.5f, 1]), new PixelImage(3, 1, 1, [100, 100, 100]));
        var overlay = explanation.Overlay(new OverlayOptions { Opacity = 1 });
        Assert.Equal((3, 1, 3), (overlay.Width, overlay.Height, overlay.Channels));
        Assert.Equal([100, 100, 100], overlay.Pixels[..3]);

        // Half the heat: vermilion, covering the root of a half.
        var cover = Math.Sqrt(0.5);
        Assert.Equal([Over(0xd5), Over(0x5e), Over(0x00)], overlay.Pixels[3..6]);
        Assert.Equal([0xf0, 0xe4, 0x42], overlay.Pixels[6..9]);
        Assert.All(explanation.Overlay(new OverlayOptions { Opacity = 0 }).Pixels, value => Assert.Equal(100, value));

        byte Over(int color) => (byte)Math.Round((100 * (1 - cover)) + (color * cover));
    }

    [Fact]
    public void The_picture_has_the_overlay_pixel_by_pixel_in_the_images_size_and_a_bar_beside_it()
    {
        var random = new Random(5);
        var pixels = new byte[40 * 90 * 3];
        random.NextBytes(pixels);
        var explanation = Explained(new RelevanceMap(2, 2, [0, 1, 2, 3]), new PixelImage(90, 40, 3, pixels));
        var overlay = explanation.Overlay();
        foreach (var bar in new[] { true, false })
        {
            var path = folder[$"overlay-{bar}.png"];
            explanation.SaveOverlay(path, new OverlayOptions { ColorBar = bar });
            var picture = new ImageFile(path).Decode();
            Assert.Equal(bar, picture.Width > 90);
            Assert.True(picture.Height >= 40);
            for (var row = 0; row < 40; row++)
            {
                Assert.True(overlay.Pixels.AsSpan(row * 90 * 3, 90 * 3).SequenceEqual(picture.Pixels.AsSpan(row * picture.Width * 3, 90 * 3)));
            }
        }
    }

    [Fact]
    public void Both_networks_stand_beside_the_image()
    {
        using var cnn = TinyClassifiers.Create(3);
        using var vit = TinyClassifiers.Create(4, TinyBackbones.Transformer);
        var image = new TinyImage(3, 1, size: 64);
        Explanation[] pair = [cnn.Explain(image), vit.Explain(image)];
        var path = folder["pair.png"];
        ExplanationPictures.SaveSideBySide(pair, path);
        var picture = new ImageFile(path).Decode();
        Assert.True(picture.Width > 3 * 64);
        Assert.True(picture.Height > 64);
        Assert.Equal(File.ReadAllBytes(path), ExplanationPictures.EncodeSideBySide(pair));

        // A long name takes no more room than a short one does.
        var named = cnn.Explain(RawImage.FromBytes(new string('n', 300), 64, 64, () => new byte[64 * 64]));
        Assert.InRange(ImageDecoder.Decode(ExplanationPictures.EncodeSideBySide([named]), "named").Width, 64, 500);

        var other = cnn.Explain(new TinyImage(2, 1, size: 64));
        Assert.Contains("of one image, not of 'tiny-centre-1' and 'tiny-columns-1'", Assert.Throws<ArgumentException>(() => ExplanationPictures.EncodeSideBySide([pair[0], other])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ExplanationPictures.EncodeSideBySide([]));
        Assert.Contains("Opacity is 2; it must be from 0 to 1", Assert.Throws<CassInputException>(() => pair[0].Overlay(new OverlayOptions { Opacity = 2 })).Message, StringComparison.Ordinal);
    }

    private static Explanation Explained(RelevanceMap map, PixelImage image) => new(
        image,
        "network",
        "label",
        new Prediction("image", "label", 0.5, ["label"], [new LabelProbability("label", 0.5)]),
        new NetworkRelevance(map, ExplanationMethod.HiResCam, 0, CompletenessGap: null));
}
