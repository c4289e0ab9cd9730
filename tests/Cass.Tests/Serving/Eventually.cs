using System.Diagnostics;
using Xunit;

namespace Cass.Tests.Serving;

/// <summary>Waits for what other threads are about to do.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task True(Func<bool> condition)
    {
        for (var clock = Stopwatch.StartNew(); !condition();)
        {
            Assert.True(clock.Elapsed < Patience, "It did not come true in time.");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
