using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Decoding;

public sealed class RawImageTests
{
    [Fact]
    public void Windows_are_those_of_DICOM()
    {
        // PS3.3, C.11.2.1.2.1: centre 2048, width 4096 maps 0…4095 to the whole range.
        var full = RawImage.FromUInt16("ct", 3, 1, () => new ushort[] { 0, 4095, 5000 }, IntensityMapping.Window(2048, 4096));
        Assert.Equal([0, 255, 255], full.Decode().Pixels);
        var bone = RawImage.FromInt16("ct", 5, 1, () => new short[] { -1000, 199, 300, 401, 3000 }, IntensityMapping.Window(300, 101));
        Assert.Equal([0, 0, Level(300, 300, 101), 255, 255], bone.Decode().Pixels);
        var step = RawImage.FromInt16("ct", 3, 1, () => new short[] { 9, 10, 11 }, IntensityMapping.Window(10, 1));
        Assert.Equal([0, 255, 255], step.Decode().Pixels);
    }

    [Fact]
    public void Ranges_the_own_range_and_inversion_map_linearly()
    {
        float[] samples = [-1f, 0f, 0.5f, 1f];
        Assert.Equal([0, 0, 128, 255], Decode(IntensityMapping.Range(0, 1)));
        Assert.Equal([0, 128, 191, 255], Decode(IntensityMapping.MinMax));
        Assert.Equal([255, 127, 64, 0], Decode(IntensityMapping.MinMax with { Inverted = true }));
        Assert.Equal([0, 0], RawImage.FromSingle("flat", 2, 1, () => new[] { 5f, 5f }, IntensityMapping.MinMax).Decode().Pixels);
        byte[] Decode(IntensityMapping mapping) => RawImage.FromSingle("image", 4, 1, () => samples, mapping).Decode().Pixels;
    }

    [Fact]
    public void Bytes_come_through_as_they_are_and_stay_the_callers()
    {
        byte[] samples = [1, 2, 3, 4, 5, 6];
        var image = RawImage.FromBytes("tile", 2, 1, () => samples, channels: 3).Decode();
        Assert.Equal(samples, image.Pixels);
        Assert.NotSame(samples, image.Pixels);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Samples_that_are_no_numbers_are_refused(float bad)
    {
        foreach (var mapping in (IntensityMapping[])[IntensityMapping.MinMax, IntensityMapping.Range(0, 1), IntensityMapping.Window(0, 10)])
        {
            var error = Assert.Throws<UnreadableImageException>(() => RawImage.FromSingle("map 3", 3, 1, () => new[] { 0f, 1f, bad }, mapping).Decode());
            Assert.Contains("map 3", error.Message, StringComparison.Ordinal);
            Assert.Contains("is " + bad, error.Message.Replace("sample 0 is 0", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_wrong_number_of_samples_and_impossible_mappings_are_refused()
    {
        var error = Assert.Throws<UnreadableImageException>(() => RawImage.FromUInt16("slice", 3, 3, () => new ushort[8], IntensityMapping.UInt16).Decode());
        Assert.Contains("8 samples", error.Message, StringComparison.Ordinal);
        Assert.Throws<CassInputException>(() => IntensityMapping.Window(0, 0));
        Assert.Throws<CassInputException>(() => IntensityMapping.Range(1, 1));
        Assert.Throws<CassInputException>(() => IntensityMapping.Range(0, double.NaN));
    }

    private static byte Level(double sample, double center, double width) =>
        (byte)Math.Floor(((((sample - (center - 0.5)) / (width - 1)) + 0.5) * 255) + 0.5);
}
