using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Training.Options;

/// <summary>Options of any class are checked and copied whole, those of a caller's own methods too.</summary>
public sealed class OptionsCopyTests
{
    private static readonly System.Text.Json.JsonSerializerOptions Json = new() { IncludeFields = true };

    [Fact]
    public void Nothing_that_happens_to_the_callers_options_changes_the_copy()
    {
        var options = new Everything(7)
        {
            Crop = (0.2, 1),
            Nested = { Depth = 2 },
            Pair = (3, [4, 5]),
            Numbers = new[] { 1, 2 },
            Shapes = [new Nested { Depth = 3 }],
            Weights = { ["a"] = [6] },
            Set = { 8 },
            Widths = new List<int> { 9 }.AsReadOnly(),
            ByName = new SortedDictionary<string, double> { ["x"] = 10 },
            Fixed = [11],
            Array = [new Nested { Depth = 12 }],
        };
        var copy = OptionsCopy.Of(options);
        Assert.Equal(Text(options), Text(copy));
        var before = Text(copy);

        options.Crop = (0.9, 2);
        options.Nested.Depth = 20;
        options.Pair.List[0] = 40;
        ((int[])options.Numbers)[0] = 10;
        options.Shapes[0].Depth = 30;
        options.Weights["a"][0] = 60;
        options.Weights["b"] = [];
        options.Set.Add(80);
        ((SortedDictionary<string, double>)options.ByName)["x"] = 100;
        options.Array[0].Depth = 120;
        Assert.Equal(before, Text(copy));
        Assert.Equal(7, copy.Width);
        Assert.Equal([9], copy.Widths);
        Assert.Contains(8, copy.Set);
    }

    [Fact]
    public void What_the_options_share_the_copy_shares_and_a_circle_is_a_circle()
    {
        var nested = new Nested { Depth = 1 };
        nested.Around = nested;
        var copy = OptionsCopy.Of(new Twice { First = nested, Second = nested });
        Assert.NotSame(nested, copy.First);
        Assert.Same(copy.First, copy.Second);
        Assert.Same(copy.First, copy.First!.Around);
    }

    [Fact]
    public void Ranges_of_fields_and_of_nested_objects_are_checked_whatever_they_are_called()
    {
        var error = Assert.Throws<InvalidOptionsException>(() => OptionsCopy.Of(new Everything(-1) { Nested = { Depth = 99 }, Strength = 5 }, "Method"));
        Assert.Equal(
            ["Method.Nested.Depth is 99; it must be at least 0 and at most 50.", "Method.Strength is 5; it must be at least 0 and at most 1.", "Method.Width is -1; it must be at least 0 and at most 100."],
            error.Failures.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_collection_that_cannot_be_copied_is_named()
    {
        var error = Assert.Throws<CassInputException>(() => OptionsCopy.Of(new { Waiting = new Queue<int>() }, "Method"));
        Assert.StartsWith("Method.Waiting is a ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Queue", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Delegates_and_tensors_are_shared()
    {
        using var tensor = TorchSharp.torch.zeros(1);
        Action<string> told = Console.WriteLine;
        var copy = OptionsCopy.Of(new { Told = told, Tensor = tensor });
        Assert.Same(told, copy.Told);
        Assert.Same(tensor, copy.Tensor);
    }

    private static string Text(Everything options) => System.Text.Json.JsonSerializer.Serialize(options, Json);

    private sealed class Nested
    {
        [Range(0, 50)]
        public int Depth { get; set; }

        public Nested? Around { get; set; }
    }

    private sealed class Twice
    {
        public Nested? First { get; set; }

        public Nested? Second { get; set; }
    }

    private sealed class Everything(int width)
    {
#pragma warning disable CA1051, S1104 // A field is what is tried.
        [Range(0.0, 1.0)]
        public double Strength;
#pragma warning restore CA1051, S1104

        [Range(0, 100)]
        public int Width { get; } = width;

        public (double Min, double Max) Crop { get; set; }

        public Nested Nested { get; } = new();

        public (int Count, List<int> List) Pair { get; set; } = (0, []);

        public IReadOnlyList<int> Numbers { get; init; } = [];

        public List<Nested> Shapes { get; init; } = [];

        public Dictionary<string, List<int>> Weights { get; } = new(StringComparer.Ordinal);

        public HashSet<int> Set { get; } = [];

        public IReadOnlyList<int> Widths { get; init; } = [];

        public IReadOnlyDictionary<string, double> ByName { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

        public ImmutableArray<int> Fixed { get; init; } = [];

        public Nested[] Array { get; init; } = [];
    }
}
