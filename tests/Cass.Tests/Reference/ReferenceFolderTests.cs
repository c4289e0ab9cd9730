using Xunit;

namespace Cass.Tests.Reference;

[Trait("Category", "Reference")]
public sealed class ReferenceFolderTests
{
    [Fact]
    public void The_folder_holds_reference_files() =>
        Assert.NotEmpty(Directory.EnumerateFiles(ReferenceFolder.Path, "*.safetensors"));
}
