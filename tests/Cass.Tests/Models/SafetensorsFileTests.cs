using System.Buffers.Binary;
using System.Text;
using Cass.Models;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<ScalarType, string> Types => new()
    {
        { ScalarType.Bool, "BOOL" }, { ScalarType.Byte, "U8" }, { ScalarType.Int8, "I8" }, { ScalarType.Int16, "I16" },
        { ScalarType.Int32, "I32" }, { ScalarType.Int64, "I64" }, { ScalarType.Float16, "F16" }, { ScalarType.BFloat16, "BF16" },
        { ScalarType.Float32, "F32" }, { ScalarType.Float64, "F64" }, { ScalarType.ComplexFloat32, "C64" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_comes_back_bit_for_bit(ScalarType type, string name)
    {
        using var scope = NewDisposeScope();
        var values = arange(-3, 9, ScalarType.Float32).reshape(3, 4).mul(1.37).to(type);
        SafetensorsFile.Write(folder["t.safetensors"], [KeyValuePair.Create("x", values)]);
        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        Assert.Equal(name, file.Entry("x").TypeName);
        Assert.Equal(type, file.Entry("x").Type);
        Assert.Equal([3L, 4L], file.Entry("x").Shape);
        var read = file.Read("x");
        Assert.Equal(type, read.dtype);
        Assert.True(values.bytes.SequenceEqual(read.bytes));
    }

    [Fact]
    public void Names_keep_their_order_and_metadata_are_kept()
    {
        using var scope = NewDisposeScope();
        KeyValuePair<string, Tensor>[] tensors = [new("z", ones(2)), new("a", zeros(0, 3)), new("m \"ü\" 漢", tensor(5L))];
        SafetensorsFile.Write(folder["t.safetensors"], tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt", ["k\n"] = "ü\"" });
        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        Assert.Equal(["z", "a", "m \"ü\" 漢"], file.Names);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("ü\"", file.Metadata["k\n"]);
        Assert.Equal([0L, 3L], file.Read("a").shape);
        Assert.Equal(5, file.Read("m \"ü\" 漢").item<long>());
    }

    [Fact]
    public void What_is_written_is_read_by_an_independent_reader()
    {
        using var scope = NewDisposeScope();
        var strided = arange(12, ScalarType.Float32).reshape(3, 4).t();
        SafetensorsFile.Write(folder["t.safetensors"], [new("x", strided)]);
        var read = ReferenceTensors.Read(folder["t.safetensors"]);
        Assert.Equal([4L, 3L], read.ShapeOf("x"));
        Assert.Equal([0f, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], read.FloatsOf("x"));
    }

    [Fact]
    public void Every_reference_file_reads_as_the_independent_reader_reads_it()
    {
        foreach (var path in ReferenceFolder.Files("*.safetensors"))
        {
            using var scope = NewDisposeScope();
            var expected = ReferenceTensors.Read(path);
            using var file = SafetensorsFile.Open(path);
            Assert.Equal(expected.Keys, file.Names);
            foreach (var name in file.Names)
            {
                Assert.Equal(expected.ShapeOf(name), file.Entry(name).Shape);
                Assert.True(expected.BytesOf(name).AsSpan().SequenceEqual(file.Read(name).bytes), name);
            }
        }
    }

    [Fact]
    public void A_copy_converts_to_the_destinations_type_and_layout()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Write(folder["t.safetensors"], [new("x", tensor([1.5f, -2, 3, 4], [2, 2]))]);
        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        var wide = zeros(2, 2, dtype: ScalarType.Float64);
        file.CopyTo("x", wide);
        Assert.Equal([1.5, -2, 3, 4], wide.data<double>().ToArray());
        var transposed = zeros(2, 2).t();
        file.CopyTo("x", transposed);
        Assert.Equal([1.5f, -2, 3, 4], transposed.contiguous().data<float>().ToArray());
        Assert.Throws<ArgumentException>(() => file.CopyTo("x", zeros(3)));
    }

    [Fact]
    public void A_stored_bool_of_another_byte_is_true()
    {
        WriteRaw("""{"b":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}""", [0, 1, 7]);
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        Assert.Equal([0, 1, 1], file.Read("b").bytes.ToArray());
    }

    [Theory]
    [InlineData("F8_E4M3")]
    [InlineData("F8_E4M3FNUZ")]
    [InlineData("F8_E5M2FNUZ")]
    public void A_type_that_TorchSharp_lacks_is_listed_and_refused_by_name(string type)
    {
        WriteRaw($$$"""{"w":{"dtype":"{{{type}}}","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", [0, 1, 7]);
        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        Assert.Null(file.Entry("w").Type);
        Assert.Contains($"'w' as {type},", Assert.Throws<WeightFileException>(() => file.Read("w")).Message, StringComparison.Ordinal);
        using var other = file.Read("x");
        Assert.Equal(7, other.item<byte>());
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"layout":"strided"}}""")]
    [InlineData("""{"x":{"more":{"a":[1,{"b":null}]},"dtype":"F32","shape":[1],"other":[],"data_offsets":[0,4]}}""")]
    [InlineData("""{"__metadata__":null,"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":null}""")]
    public void What_the_formats_own_reader_passes_over_is_passed_over(string header)
    {
        WriteRaw(header, [0, 0, 128, 63]);
        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        Assert.Empty(file.Metadata);
        Assert.Equal(["x"], file.Names);
        using var read = file.Read("x");
        Assert.Equal(1f, read.item<float>());
    }

    [Theory]
    [InlineData("", "not a safetensors file")]
    [InlineData("[1]", "not a safetensors file")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}{}", "not valid JSON")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""", "names 'x' twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "do not agree")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "backwards")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", "do not agree")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}""", "do not agree")]
    [InlineData("""{"x":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""", "dtype 'F99'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", "without its dtype")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "more than 2")]
    [InlineData("""{"x":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", "byte 0 was due")]
    [InlineData("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "byte 3 was due")]
    [InlineData("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "truncated")]
    [InlineData("""{"x":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""", "truncated")]
    [InlineData("""{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not text")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not valid JSON")]
    [InlineData("""{"x":[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]}""", "")]
    public void A_damaged_file_is_refused_with_its_problem(string header, string problem)
    {
        WriteRaw(header, [1, 2, 3, 4]);
        var exception = Assert.Throws<WeightFileException>(() => SafetensorsFile.Open(folder["t.safetensors"]));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Contains(folder["t.safetensors"], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused()
    {
        foreach (var length in new[] { 100UL, 1UL << 40, ulong.MaxValue, 1UL << 63 })
        {
            var bytes = new byte[32];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            bytes[8] = (byte)'{';
            File.WriteAllBytes(folder["t.safetensors"], bytes);
            Assert.Contains("claims a header", Assert.Throws<WeightFileException>(() => SafetensorsFile.Open(folder["t.safetensors"])).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_file_a_folder_and_an_unknown_tensor_are_named()
    {
        Assert.Contains("There is no weight file", Assert.Throws<CassInputException>(() => SafetensorsFile.Open(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<CassInputException>(() => SafetensorsFile.Open(folder.Path)).Message, StringComparison.Ordinal);
        WriteRaw("""{"weight":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [1]);
        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        Assert.Contains("did you mean 'weight'", Assert.Throws<CassInputException>(() => file.Read("weigth")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_doubled_or_reserved_name_and_a_type_without_a_name_are_refused_before_anything_is_written()
    {
        using var scope = NewDisposeScope();
        var path = folder["t.safetensors"];
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [new("x", ones(1)), new("x", ones(1))]));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [new("__metadata__", ones(1))]));
        Assert.Throws<CassInputException>(() => SafetensorsFile.Write(path, [new("x", ones(1, dtype: ScalarType.ComplexFloat64))]));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Reading_and_writing_leave_only_what_they_return()
    {
        using var values = ones(4, 4);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        SafetensorsFile.Write(folder["t.safetensors"], [new("x", values)]);
        using (var file = SafetensorsFile.Open(folder["t.safetensors"]))
        {
            file.CopyTo("x", values);
            file.Read("x").Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private void WriteRaw(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        File.WriteAllBytes(folder["t.safetensors"], bytes);
    }
}
