using Cass.Models;
using Xunit;

namespace Cass.Tests.Models.Hub;

public sealed class WeightReferenceTests
{
    [Theory]
    [InlineData("hf:timm/resnet50.a1_in1k", "timm", "resnet50.a1_in1k", "main", null)]
    [InlineData("HF:timm/resnet50.a1_in1k", "timm", "resnet50.a1_in1k", "main", null)]
    [InlineData("hf:facebook/dino-vitb16@f205d5d8e640a89a2b8ef0369670dfc37cc07fc2", "facebook", "dino-vitb16", "f205d5d8e640a89a2b8ef0369670dfc37cc07fc2", null)]
    [InlineData("hf:a/b@v1#weights.pth", "a", "b", "v1", "weights.pth")]
    [InlineData("hf:a/b#weights.pth", "a", "b", "main", "weights.pth")]
    public void A_reference_has_its_parts(string text, string owner, string name, string revision, string? file)
    {
        var reference = WeightReference.Parse(text);
        Assert.Equal(new WeightReference(owner, name, revision, file), reference);
        Assert.Equal(reference, WeightReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("hf:")]
    [InlineData("hf:timm")]
    [InlineData("hf:/resnet50")]
    [InlineData("hf:timm/")]
    [InlineData("hf:../resnet50")]
    [InlineData("hf:timm/..")]
    [InlineData("hf:timm/../../etc")]
    [InlineData("hf:timm/resnet50@..")]
    [InlineData("hf:timm/resnet50@../../x")]
    [InlineData("hf:timm/resnet50#..")]
    [InlineData("hf:timm/resnet50#../x")]
    [InlineData("hf:timm/resnet50#/etc/passwd")]
    [InlineData("hf:timm/resnet50\\x")]
    [InlineData("hf:timm/resnet 50")]
    [InlineData("hf:timm/resnet50?x=1")]
    [InlineData("hf:timm/resnet50\n")]
    [InlineData("resnet50")]
    public void Anything_else_is_refused_with_an_example(string text)
    {
        Assert.Contains("hf:owner/name", Assert.Throws<CassInputException>(() => WeightReference.Parse(text)).Message, StringComparison.Ordinal);
    }
}
