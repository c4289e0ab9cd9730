using System.Reflection;
using Xunit.v3;
using static TorchSharp.torch;

namespace Cass.Tests.Order;

/// <summary>Lets tests of large networks compute on all processors; others compute on one (tests.runsettings).</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AllProcessorsAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        TorchBackend.EnsureLoaded();
        set_num_threads(AvailableProcessors.Count);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test) => set_num_threads(1);
}
