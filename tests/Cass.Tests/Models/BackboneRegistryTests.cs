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
        var exception = Assert.Throws<UnknownBackboneException>(() => BackboneRegistry.Default.Create("resnet5O"));
        Assert.Equal("resnet5O", exception.Name);
        Assert.Equal("resnet50", exception.Suggestions[0]);
        Assert.Contains("did you mean 'resnet50'", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Assert.Throws<UnknownBackboneException>(() => BackboneRegistry.Default.Create("zzzzzzzzzzzzzzzzz")).Suggestions);
    }

    [Fact]
    public void A_registered_backbone_is_made_by_name()
    {
        var registry = new BackboneRegistry().Register("my_resnet", Mine);
        using var mine = registry.Create("my_resnet", new BackboneOptions { NumClasses = 3 });
        Assert.Equal(3, mine.NumClasses);
        Assert.Contains("my_resnet", registry.Names, StringComparer.Ordinal);
        Assert.Equal("my_resnet", Assert.Throws<UnknownBackboneException>(() => registry.Create("my_resnt")).Suggestions[0]);
        Assert.Throws<ArgumentException>(() => registry.Register("my_resnet", Mine));
        Assert.Throws<ArgumentException>(() => registry.Register("resnet18", Mine));
        Assert.Throws<ArgumentException>(() => registry.Register("a.b", Mine));
    }

    [Fact]
    public void Two_registries_have_two_networks_of_one_name()
    {
        var (convolutional, transformer) = (new BackboneRegistry(), new BackboneRegistry());
        convolutional.Register("ours", options => TinyBackbones.Registry().Create(TinyBackbones.ConvNeXt, options));
        transformer.Register("ours", options => TinyBackbones.Registry().Create(TinyBackbones.Transformer, options));

        using var first = convolutional.Create("ours");
        using var second = transformer.Create("ours");
        using var copy = second.Copy();

        Assert.Equal((BackboneKind.Convolutional, BackboneKind.Transformer, BackboneKind.Transformer), (first.Kind, second.Kind, copy.Kind));
        Assert.Throws<UnknownBackboneException>(() => new BackboneRegistry().Create("ours"));
    }

    [Fact]
    public void The_default_registry_stays_as_it_is()
    {
        var names = BackboneRegistry.Default.Names;

        var error = Assert.Throws<InvalidOperationException>(() => BackboneRegistry.Default.Register("my_resnet", Mine));
        new BackboneRegistry().Register("my_resnet", Mine);

        Assert.Contains("'my_resnet' cannot be added to BackboneRegistry.Default", error.Message, StringComparison.Ordinal);
        Assert.True(BackboneRegistry.Default.IsReadOnly);
        Assert.False(new BackboneRegistry().IsReadOnly);
        Assert.Equal(names, BackboneRegistry.Default.Names);
        Assert.Equal(names, new BackboneRegistry().Names);
    }

    [Fact]
    public void A_registered_backbone_is_made_of_its_configuration_as_the_options_change_it()
    {
        var registry = TinyBackbones.Registry();
        Assert.Equal((32, 3), (registry.Configuration(TinyBackbones.Transformer).InputHeight, registry.Configuration(TinyBackbones.Transformer).InputChannels));

        using var network = registry.Create(TinyBackbones.Transformer, new BackboneOptions { ImageHeight = 16, ImageWidth = 24, InputChannels = 1, NumClasses = 5 });
        using var copy = network.Copy();
        using var output = copy.forward(zeros(1, 1, 16, 24));

        Assert.Equal((16, 24, 1), (network.Configuration.InputHeight, network.Configuration.InputWidth, network.Configuration.InputChannels));
        Assert.Equal([0.5], network.Configuration.Mean);
        Assert.Equal([1, 5], output.shape);
    }

    [Fact]
    public void Threads_register_and_read_at_once()
    {
        var registry = new BackboneRegistry();

        Parallel.For(0, 800, i =>
        {
            registry.Register($"ours_{i}", Mine);
            Assert.Equal(224, registry.Configuration($"ours_{i}").InputHeight);
        });

        Assert.Equal(800 + BackboneRegistry.Default.Names.Count, registry.Names.Count);
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
        var message = Assert.Throws<CassInputException>(() => BackboneRegistry.Default.Create("resnet18", options)).Message;
        Assert.Contains($"BackboneOptions.{option} is", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet18", GlobalPooling.Token)]
    [InlineData("vit_tiny_patch16_224", GlobalPooling.Maximum)]
    [InlineData("deit_tiny_distilled_patch16_224", GlobalPooling.Average)]
    public void Pooling_that_an_architecture_lacks_is_refused(string name, GlobalPooling pooling) =>
        Assert.Contains(name, Assert.Throws<CassInputException>(() => BackboneRegistry.Default.Create(name, new BackboneOptions { GlobalPooling = pooling })).Message, StringComparison.Ordinal);

    [Fact]
    public void Making_and_disposing_a_backbone_leaves_no_tensor_behind()
    {
        foreach (var name in new[] { "resnet18", "resnet26d", "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224" })
        {
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (var model = BackboneRegistry.Default.Create(name))
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
            model = BackboneRegistry.Default.Create("vit_tiny_patch16_224", new BackboneOptions { ImageHeight = 32, ImageWidth = 32 });
        }

        using (model)
        {
            using var output = model.forward(zeros(1, 3, 32, 32));
            Assert.Equal([1, 1000], output.shape);
        }
    }

    private static Backbone Mine(BackboneOptions options) => BackboneRegistry.Default.Create("resnet18", options);
}
