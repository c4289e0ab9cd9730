using Cass.Data;
using Cass.Tests.Data;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Training;

public sealed class DataWarningTests
{
    [Fact]
    public void A_trainer_logs_the_warnings_of_its_images_once()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["Train/1.png", "Test/1.png"])
        {
            TestImages.Save(folder[name], TestImages.Pattern(8, 8));
        }

        var images = ImageFolder.Read(folder.Path);
        using var written = new StringWriter();
        using var trainer = TinyTraining.Builder().UseLogger(new WarningLogger(written)).Build();
        Assert.Throws<CassInputException>(() => trainer.Pretrain(images.Images));
        Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, images.Subset([0, 1]), images));
        var line = Assert.Single(written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("parts of a split (Test, Train)", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_blue_can_be_trained_on_and_are_a_warning()
    {
        IImageSource[] images =
        [
            .. Enumerable.Range(0, 8).Select(seed =>
            {
                var image = TestImages.Pattern(32, 32, 3, seed);
                for (var i = 2; i < image.Pixels.Length; i += 3)
                {
                    image.Pixels[i] = 0;
                }

                return new EncodedImage(TestImages.Encode(image), $"cell {seed}");
            }),
        ];
        using var written = new StringWriter();
        using var trainer = TinyTraining.Builder().UseLogger(new WarningLogger(written)).WithNormalization(ImageStatistics.Measure(images, 32, 32)).Build();
        Assert.Contains("The blue channel is the same", written.ToString(), StringComparison.Ordinal);
        var pretrained = trainer.Pretrain(images);
        Assert.True(double.IsFinite(Assert.Single(pretrained.History).Loss));
        Assert.All(TinyTraining.Weights(trainer.Cnn).Values, weights => Assert.True(Array.TrueForAll(weights, double.IsFinite)));
    }
}
