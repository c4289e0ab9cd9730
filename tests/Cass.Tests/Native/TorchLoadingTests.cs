using TorchSharp;
using Xunit;

namespace Cass.Tests.Native;

public class TorchLoadingTests
{
    [Fact]
    public void TorchSharp_loads_and_computes()
    {
        using var scope = torch.NewDisposeScope();

        Assert.Equal(6.0, torch.ones(2, 3).sum().to(torch.float64).item<double>());
    }
}
