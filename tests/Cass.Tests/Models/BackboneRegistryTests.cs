using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

public sealed class BackboneRegistryTests
{
    [Fact]
    public void An_unknown_name_suggests_near_ones()
    {
        var exception = Assert.Throws<UnknownBackboneException>(() => BackboneRegistry.Create("resnet5O"));
        Assert.Equal("resnet5O", exception.Name);
        Assert.Equal("resnet50", exception.Suggestions[0]);
        Assert.Contains("did you mean 'resnet50'", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Assert.Throws<UnknownBackboneException>(() => BackboneRegistry.Create("zzzzzzzzzzzzzzzzz")).Suggestions);
    }

    [Fact]
    public void A_registered_backbone_is_made_by_name()
    {
        BackboneRegistry.Register("my_resnet", options => BackboneRegistry.Create("resnet18", options));
        using var mine = BackboneRegistry.Create("my_resnet", new BackboneOptions { NumClasses = 3 });
        Assert.Equal(3, mine.NumClasses);
        Assert.Contains("my_resnet", BackboneRegistry.Names, StringComparer.Ordinal);
        Assert.Throws<ArgumentException>(() => BackboneRegistry.Register("my_resnet", options => BackboneRegistry.Create("resnet18", options)));
        Assert.Throws<ArgumentException>(() => BackboneRegistry.Register("a.b", options => BackboneRegistry.Create("resnet18", options)));
    }

    [Theory]
    [InlineData("NumClasses", -1)]
    [InlineData("InputChannels", 0)]
    [InlineData("ImageHeight", 0)]
    [InlineData("ImageWidth", -5)]
    [InlineData("DropRate", 1.0)]
    [InlineData("DropPathRate", -0.1)]
    [InlineData("DropPathRate", double.NaN)]
    [InlineData("GlobalPooling", 99)]
    public void An_option_out_of_range_is_named_with_its_value(string option, object value)
    {
        var options = new BackboneOptions();
        var property = typeof(BackboneOptions).GetProperty(option)!;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        property.SetValue(options, type.IsEnum ? Enum.ToObject(type, value) : Convert.ChangeType(value, type));
        var message = Assert.Throws<CassInputException>(() => BackboneRegistry.Create("resnet18", options)).Message;
        Assert.Contains($"BackboneOptions.{option} is", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet18", GlobalPooling.Token)]
    [InlineData("vit_tiny_patch16_224", GlobalPooling.Maximum)]
    [InlineData("deit_tiny_distilled_patch16_224", GlobalPooling.Average)]
    public void Pooling_that_an_architecture_lacks_is_refused(string name, GlobalPooling pooling) =>
        Assert.Contains(name, Assert.Throws<CassInputException>(() => BackboneRegistry.Create(name, new BackboneOptions { GlobalPooling = pooling })).Message, StringComparison.Ordinal);

    [Fact]
    public void Making_and_disposing_a_backbone_leaves_no_tensor_behind()
    {
        foreach (var name in new[] { "resnet18", "resnet26d", "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224" })
        {
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (var model = BackboneRegistry.Create(name))
            {
                Assert.Equal(before + model.state_dict().Count, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }

            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [Fact]
    public void A_backbone_outlives_the_scope_that_it_was_made_in()
    {
        Backbone model;
        using (NewDisposeScope())
        {
            model = BackboneRegistry.Create("vit_tiny_patch16_224", new BackboneOptions { ImageHeight = 32, ImageWidth = 32 });
        }

        using (model)
        {
            using var output = model.forward(zeros(1, 3, 32, 32));
            Assert.Equal([1, 1000], output.shape);
        }
    }
}
