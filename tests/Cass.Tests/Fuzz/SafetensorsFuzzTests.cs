using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Cass.Models;
using Cass.Tests.Order;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Fuzz;

/// <summary>50,000 damaged and hostile safetensors files; a fifth of them unless <see cref="LongTests"/> are wanted.</summary>
public sealed class SafetensorsFuzzTests : IDisposable
{
    private static readonly int Damaged = LongTests.Repeats(25_000, 3_000);
    private static readonly int Hostile = LongTests.Repeats(25_000, 3_000);

    private static readonly string[] Types = ["F32", "F32", "U8", "BOOL", "F64", "I64", "C64", "BF16", "F4", "F8_E4M3", "F8_E4M3FNUZ", "F99", "", "f32"];

    private static readonly string[] Numbers =
        ["0", "1", "2", "3", "4", "8", "12", "16", "64", "-1", "1.5", "1e3", "4294967295", "9223372036854775807", "9223372036854775808", "18446744073709551615", "4611686018427387904", "null", "\"4\"", "[]"];

    private static readonly string[] Names = ["a", "b", "a", "weight", "", "../../etc/passwd", "__metadata__", "\\u0000", "\\ud800", "a\\nb"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Trait("Category", LongTests.Category)]
    [Fact]
    public void Damaged_files_open_or_are_refused()
    {
        using (var scope = NewDisposeScope())
        {
            SafetensorsFile.Write(
                folder["seed"],
                [
                    new("conv1.weight", randn(4, 3, 2, 2)), new("bn1.num_batches_tracked", tensor(7L)), new("mask", tensor(new[] { true, false })),
                    new("empty", zeros(0, 3)), new("half", ones([5], dtype: ScalarType.BFloat16)),
                ],
                new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        }

        var seed = File.ReadAllBytes(folder["seed"]);
        var file = new HostileWeightFile(folder["mutant"]);
        for (var i = 0; i < Damaged; i++)
        {
            var mutant = i;
            file.Check(ByteMutation.Apply(seed, seed, new Random(i)), () => $"mutant {mutant}");
        }

        Assert.True(file.Opened > Damaged / 50 && file.Refused > Damaged / 50, $"{file.Opened} opened, {file.Refused} refused");
    }

    [Trait("Category", LongTests.Category)]
    [Fact]
    public void Hostile_headers_open_or_are_refused()
    {
        var file = new HostileWeightFile(folder["mutant"]);
        for (var i = 0; i < Hostile; i++)
        {
            var mutant = i;
            file.Check(Header(new Random(i)), () => $"header {mutant}");
        }

        Assert.True(file.Opened > Hostile / 100 && file.Refused > Hostile / 2, $"{file.Opened} opened, {file.Refused} refused");
    }

    [Theory]
    [InlineData(64)]
    [InlineData(100_000)]
    public void Deep_nesting_is_refused(int depth)
    {
        var file = new HostileWeightFile(folder["deep"]);
        foreach (var opening in new[] { "{\"a\":", "[", "{\"a\":{\"shape\":[" })
        {
            file.Check(WithLength(string.Concat(Enumerable.Repeat(opening, depth)), []), () => $"{opening} {depth} times");
            file.Check(WithLength("{\"a\":" + string.Concat(Enumerable.Repeat("[", depth)) + new string(']', depth) + "}", []), () => $"lists {depth} deep");
        }

        Assert.Equal(0, file.Opened);
    }

    /// <summary>A header of up to four tensors, right but for the numbers, names and types that may be hostile.</summary>
    private static byte[] Header(Random random)
    {
        var header = new StringBuilder("{");
        if (random.Next(16) == 0)
        {
            header.Append(CultureInfo.InvariantCulture, $"\"__metadata__\":{Pick(Numbers)},");
        }
        else if (random.Next(4) == 0)
        {
            header.Append(CultureInfo.InvariantCulture, $"\"__metadata__\":{{\"k\":{(random.Next(3) == 0 ? Pick(Numbers) : "\"v\"")}}},");
        }

        long end = 0;
        var count = random.Next(1, 5);
        for (var i = 0; i < count; i++)
        {
            var elements = random.Next(5);
            var next = end + (4 * elements);
            header.Append(
                CultureInfo.InvariantCulture,
                $"{(i == 0 ? string.Empty : ",")}\"{Maybe(Names, $"t{i}")}\":{{\"dtype\":\"{Maybe(Types, "F32")}\",\"shape\":[{Maybe(Numbers, $"{elements}")}{(random.Next(4) == 0 ? $",{Maybe(Numbers, "1")}" : string.Empty)}],\"data_offsets\":[{Maybe(Numbers, $"{end}")},{Maybe(Numbers, $"{next}")}]{(random.Next(10) == 0 ? $",\"more\":{Pick(Numbers)}" : string.Empty)}}}");
            end = next;
        }

        header.Append('}');
        var data = new byte[end + (random.Next(10) == 0 ? random.Next(16) : 0)];
        random.NextBytes(data);
        var file = WithLength(header.ToString(), data);
        if (random.Next(20) == 0)
        {
            long[] lengths = [0, -1, long.MaxValue, file.Length, file.Length - 8, 1L << 32, 100_000_001];
            BinaryPrimitives.WriteInt64LittleEndian(file, lengths[random.Next(lengths.Length)]);
        }

        return file;

        string Pick(string[] choices) => choices[random.Next(choices.Length)];
        string Maybe(string[] choices, string right) => random.Next(12) == 0 ? Pick(choices) : right;
    }

    private static byte[] WithLength(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }
}
