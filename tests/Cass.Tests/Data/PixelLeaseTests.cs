using Cass.Data;
using Xunit;

namespace Cass.Tests.Data;

/// <summary>Buffers are used again as soon as nobody refers to them, and never before.</summary>
public sealed class PixelLeaseTests
{
    // A length that nothing else here uses: the buffers are kept per thread.
    private const int Side = 37;

    [Fact]
    public void A_buffer_comes_back_once_a_step_has_made_another()
    {
        var (first, second) = (Rented(), Rented());
        var lease = new PixelLease(first, isOwned: true);
        lease.Become(second);
        Assert.Same(first.Pixels, Rented().Pixels);
        lease.Return();
        Assert.Same(second.Pixels, Rented().Pixels);
        lease.Return();
        Assert.NotSame(second.Pixels, Rented().Pixels);
    }

    [Fact]
    public void What_a_caller_gave_or_a_foreign_step_may_keep_does_not_come_back()
    {
        var (given, foreign, own) = (Rented(), Rented(), Rented());
        var lease = new PixelLease(given, isOwned: false);
        lease.Become(foreign, isOwnStep: false);
        lease.Become(own);
        lease.Become(own, isOwnStep: false);
        lease.Return();
        var next = new[] { Rented().Pixels, Rented().Pixels, Rented().Pixels };
        Assert.All(next, pixels => Assert.True(new[] { given, foreign, own }.All(image => !ReferenceEquals(image.Pixels, pixels))));
    }

    private static PixelImage Rented() => new(Side, Side, 1, PixelBuffers.Rent(Side * Side));
}
