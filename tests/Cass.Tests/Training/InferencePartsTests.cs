using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class InferencePartsTests
{
    [Theory]
    [InlineData(1, 9)]
    [InlineData(2, 5)]
    [InlineData(4, 3)]
    [InlineData(9, 1)]
    [InlineData(100, 1)]
    public void Rows_come_in_the_order_of_the_images_whatever_the_parts_and_no_tensor_is_left(long size, int parts)
    {
        TorchBackend.EnsureLoaded();
        var pixels = Enumerable.Range(0, 9 * 3 * 2 * 2).Select(i => (float)i).ToArray();
        using var images = tensor(pixels, [9, 3, 2, 2]);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var calls = 0;
        using (var rows = InferenceParts.Forward(images, size, Sums))
        {
            Assert.Equal(parts, calls);
            Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            Assert.Equal(pixels.Chunk(12).Select(image => image.Sum()), rows.data<float>().ToArray());
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        Tensor Sums(Tensor part)
        {
            calls++;
            return part.sum([1, 2, 3]);
        }
    }
}
