using Cass.Models;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

[Trait("Category", "Reference")]
public sealed class ReferencePositionEmbeddingTests
{
    public static TheoryData<string> Files => ReferenceFolder.Names("pos_embed_*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Resizing_is_timms(string file)
    {
        var reference = ReferenceFolder.Open(file);
        using var scope = NewDisposeScope();
        var from = (int)Math.Round(Math.Sqrt(reference.ShapeOf("source")[1] - 1));
        var to = (int)Math.Round(Math.Sqrt(reference.ShapeOf("resized")[1] - 1));
        var resized = PositionEmbedding.Resize(reference["source"], prefixTokens: 1, (from, from), (to, to));
        Assert.Equal(reference.ShapeOf("resized"), resized.shape);
        Assert.InRange((resized - reference["resized"]).abs().max().item<float>(), 0, 1e-5f);
    }
}
