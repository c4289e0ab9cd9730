using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Decoding;

/// <summary>An image source of a user's own that fails as it likes is named wherever images are read.</summary>
public sealed class FailingSourceTests
{
    private static readonly IImageSource[] Images = [new Failing("scan-1"), new Failing("scan-1")];

    public static TheoryData<string> Readers => ["fingerprints", "statistics", "decoder"];

    [Theory]
    [MemberData(nameof(Readers))]
    public void It_is_named(string reader)
    {
        var error = Assert.Throws<UnreadableImageException>(() =>
        {
            switch (reader)
            {
                case "fingerprints":
                    new ImageFingerprints().Read(Images, workers: 2, cancellationToken: TestContext.Current.CancellationToken);
                    break;
                case "statistics":
                    ImageStatistics.Measure(Images, 8, 8, cancellationToken: TestContext.Current.CancellationToken);
                    break;
                default:
                    ImageDecoder.DecodeFor(Images[0], ImageDecodingOptions.Default, 8, 8);
                    break;
            }
        });
        Assert.Equal("scan-1", error.ImageName);
        Assert.Equal("Cannot read the image 'scan-1': its source failed with IOException: the disk is gone", error.Message);
    }

    private sealed class Failing(string name) : IImageSource
    {
        public string Name => name;

        public PixelImage Decode() => throw new IOException("the disk is gone");
    }
}
