using System.Globalization;
using Cass.Tests.Survival;
using Xunit;

namespace Cass.Tests.Native;

/// <summary>Large blocks are kept for the next use, unless the user has settled it.</summary>
public sealed class GlibcHeapTests
{
    [Fact]
    public void Memory_of_a_large_tensor_is_used_again_by_the_next_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is about a Linux C library.");
        Assert.InRange(PagesTaken([]), 0, 0.5);
    }

    [Theory]
    [InlineData("MALLOC_TRIM_THRESHOLD_", "131072")]
    [InlineData("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=131072")]
    public void Variables_of_the_C_library_hold(string name, string value)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is about a Linux C library.");
        Assert.InRange(PagesTaken([(name, value)]), 0.9, 1.1);
    }

    private static double PagesTaken(IEnumerable<(string Name, string Value)> environment) =>
        double.Parse(Survival.TrainingProcess.LargeBlocks(environment), CultureInfo.InvariantCulture);
}
