using System.Text.Json.Serialization;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Pretraining;

/// <summary>Whatever the options of a method are made of, a change of them is noticed, and what could change unnoticed is refused.</summary>
public sealed class MethodOptionsTests
{
    public static TheoryData<string, Func<int, object>> Changing { get; } = new()
    {
        { "Method.Options.CropScale.Item1 was 1.5 and is 2.5", i => new WithTuple { CropScale = (i + 0.5, 9) } },
        { "Method.Options.Strength was 1 and is 2", i => new WithField { Strength = i } },
        { "Method.Options.Views[0]", i => new WithShape { Views = [new Square { Side = i }] } },
        { "Method.Options.Shape.Side was 1 and is 2", i => new WithShape { Shape = new Square { Side = i } } },
        { "Method.Options.Weights.rows was 1 and is 2", i => new Dictionary<string, Dictionary<string, int>> { ["Weights"] = new() { ["rows"] = i } } },
        { "Method.Options.Momentum was 1 and is 2", i => new Positional(i, "x") },
        { "Method.Options.Hidden was \"1\" and is \"2\"", i => new { Hidden = $"{i}" } },
    };

    public static TheoryData<string, object> Unseen { get; } = new()
    {
        { "Method.Schedule", new WithDelegate { Schedule = step => step } },
        { "Method.Weights", new { Weights = new WithTensor() } },
        { "Method.Kind", new { Kind = typeof(int) } },
        { "Method is a Secret", new Secret() },
        { "Method.Crop is a Secret", new { Crop = new Secret() } },
        { "Method[1].Crop", new object[] { 1, new { Crop = new Secret() } } },
        { "Method.Self", new Circle() },
        { "Method.Anything is a Object", new { Anything = new object() } },
        { "Method.Source is a Random", new { Source = new Random(1) } },
    };

    [Theory]
    [MemberData(nameof(Changing))]
    public void A_run_does_not_go_on_with_options_that_differ_in_anything(string expected, Func<int, object> options)
    {
        using var folder = new TemporaryFolder();
        using var first = new PlainMethod { Options = options(1) };
        first.Pretrain(checkpoints: folder.Path);
        using var same = new PlainMethod { Options = options(1) };
        same.Pretrain(checkpoints: folder.Path);
        using var other = new PlainMethod { Options = options(2) };
        var error = Assert.Throws<CheckpointMismatchException>(() => other.Pretrain(checkpoints: folder.Path));
        Assert.Contains(expected.Split('[')[0], Assert.Single(error.Differences), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unseen))]
    public void What_could_change_unseen_is_refused_when_the_pretrainer_is_made(string expected, object options)
    {
        using var method = new PlainMethod { Options = options };
        var error = Assert.Throws<CassInputException>(() => new Pretrainer(method, run: new RunOptions { Device = "cpu" }));
        Assert.All(["plain method", expected, "[JsonIgnore]"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_no_result_depends_on_may_be_left_out()
    {
        using var method = new PlainMethod { Options = new WithIgnored { Told = Console.WriteLine } };
        Assert.Equal(2, method.Pretrain().Count);
    }

    [Fact]
    public void Options_that_change_between_making_and_running_are_refused()
    {
        var options = new WithTuple { CropScale = (0.2, 1) };
        using var method = new PlainMethod { Options = options };
        var error = Assert.Throws<CassInputException>(() => method.Pretrain(prepare: _ => options.CropScale = (0.4, 1)));
        Assert.All(["plain method", "Method.CropScale.Item1 was 0.2 and is 0.4", "OptionsCopy.Of"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("BYOL")]
    [InlineData("SimSiam")]
    [InlineData("SimCLR")]
    [InlineData("MoCo v3")]
    [InlineData("DINO")]
    [InlineData("VICReg")]
    [InlineData("Barlow Twins")]
    [InlineData("EMP-SSL")]
    public void Built_in_methods_hand_out_a_copy_of_their_options_that_checkpoints_can_hold(string name)
    {
        using var network = Methods.TinyMethods.Network(TinyBackbones.ResNet);
        using var method = Methods.TinyMethods.Create(name, network);

        // The pretrainer takes this for granted.
        Assert.NotNull(MethodCheck.Describe(method));
        foreach (var property in method.Options!.GetType().GetProperties().Where(p => p.PropertyType == typeof(double) || p.PropertyType == typeof(int)))
        {
            var before = property.GetValue(method.Options);
            property.SetValue(method.Options, Convert.ChangeType(77, property.PropertyType, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(before, property.GetValue(method.Options));
        }
    }

    [Fact]
    public void Checkpoints_that_were_made_before_fields_and_tuples_were_described_go_on()
    {
        // The settings of built-in methods are what a plain serialisation of their public properties gives, as it always was.
        var json = new System.Text.Json.JsonSerializerOptions
        {
            Converters = { new JsonStringEnumConverter() },
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        };
        foreach (var name in Methods.TinyMethods.Names)
        {
            using var network = Methods.TinyMethods.Network(TinyBackbones.ResNet);
            using var method = Methods.TinyMethods.Create(name, network);
            Assert.Equal(
                System.Text.Json.JsonSerializer.SerializeToNode(method.Options, method.Options!.GetType(), json)!.ToJsonString(),
                OptionsDescription.Of(method.Options, "Method")!.ToJsonString());
        }

        foreach (var options in (CassMethodOptions[])[new(), CassMethodOptions.Published])
        {
            Assert.Equal(System.Text.Json.JsonSerializer.SerializeToNode(options, json)!.ToJsonString(), OptionsDescription.Of(options, "Method")!.ToJsonString());
        }
    }

    private sealed class WithTuple
    {
        public (double Min, double Max) CropScale { get; set; }
    }

    private sealed class WithField
    {
#pragma warning disable CA1051, S1104 // A field is what is tried.
        public double Strength;
#pragma warning restore CA1051, S1104
    }

    private sealed class WithShape
    {
        public object? Shape { get; set; }

        public IReadOnlyList<IShape> Views { get; set; } = [];
    }

    private interface IShape
    {
        double Area { get; }
    }

    private sealed class Square : IShape
    {
        public double Side { get; set; }

        double IShape.Area => 1;
    }

    private sealed record Positional(double Momentum, string Name);

    private sealed class WithDelegate
    {
        public Func<double, double>? Schedule { get; set; }
    }

    private sealed class WithIgnored
    {
        public int Width { get; set; } = 3;

        [JsonIgnore]
        public Action<string>? Told { get; set; }
    }

    private sealed class WithTensor : IDisposable
    {
        private readonly Tensor tensor = zeros(1);

        public long Length => tensor.NumberOfElements;

        public void Dispose() => tensor.Dispose();
    }

    private sealed class Secret
    {
        internal int Width { get; set; } = 3;
    }

    private sealed class Circle
    {
        public Circle Self => this;
    }
}
