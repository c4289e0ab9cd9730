using System.IO.Compression;
using System.Text.Json;
using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>Files that PyTorch wrote (PyTorch/make_pytorch_files.py), in both formats.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Models", "PyTorch");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    public void Every_tensor_is_read_as_PyTorch_wrote_it(string format)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "tensors.json")));
        using var file = PyTorchFile.Open(Path.Combine(Folder, $"tensors_{format}.pth"));
        Assert.Equal(expected.RootElement.EnumerateObject().Select(p => p.Name).ToArray(), file.Names.ToArray(), StringComparer.Ordinal);
        foreach (var property in expected.RootElement.EnumerateObject())
        {
            using var scope = NewDisposeScope();
            var read = file.Read(property.Name);
            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
            Assert.Equal(shape, read.shape);
            Assert.Equal(shape, file.Entry(property.Name).Shape);
            Assert.Equal(property.Value.GetProperty("type").GetString(), TypeName(read.dtype));
            Assert.True(read.is_contiguous());
            double[] values = [.. property.Value.GetProperty("values").EnumerateArray().Select(e => e.GetDouble())];
            var real = read.dtype == ScalarType.ComplexFloat32 ? view_as_real(read) : read;
            Assert.Equal(values, real.to(ScalarType.Float64).reshape(-1).data<double>().ToArray());

            var destination = zeros(shape, read.dtype);
            file.CopyTo(property.Name, destination);
            Assert.True(destination.bytes.SequenceEqual(read.bytes), property.Name);
        }
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    public void Tensors_in_dictionaries_within_are_named_by_both_keys(string format)
    {
        using var file = PyTorchFile.Open(Path.Combine(Folder, $"checkpoint_{format}.pth"));
        Assert.Equal(["state_dict.module.weight", "state_dict.module.bias", "optimizer.state.0.step", "optimizer.state.0.exp_avg"], file.Names);
        Assert.Equal([4L, 6L], file.Entry("state_dict.module.weight").Shape);
    }

    [Theory]
    [InlineData("protocol3_zip")]
    [InlineData("protocol4_zip")]
    [InlineData("protocol3_legacy")]
    [InlineData("protocol4_legacy")]
    public void Later_pickle_protocols_are_read(string name)
    {
        using var file = PyTorchFile.Open(Path.Combine(Folder, $"{name}.pth"));
        using var read = file.Read("weight");
        Assert.Equal(276, read.sum().item<float>());
    }

    [Theory]
    [InlineData("module_zip", "'torch.nn.modules.linear.Linear'")]
    [InlineData("module_legacy", "'torch.nn.modules.linear.Linear'")]
    [InlineData("tensor_zip", "something else than a dictionary of tensors")]
    [InlineData("tensor_legacy", "something else than a dictionary of tensors")]
    public void What_is_no_dictionary_of_tensors_is_refused_by_name(string name, string what)
    {
        var exception = Assert.Throws<WeightFileException>(() => PyTorchFile.Open(Path.Combine(Folder, $"{name}.pth")));
        Assert.Contains(what, exception.Message, StringComparison.Ordinal);
        Assert.Contains("torch.save(model.state_dict()", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    public void A_programs_arguments_beside_the_tensors_are_passed_over(string format)
    {
        using var file = PyTorchFile.Open(Path.Combine(Folder, $"namespace_{format}.pth"));
        Assert.Equal(["weight"], file.Names);
        using var read = file.Read("weight");
        Assert.Equal(1, read.item<float>());
    }

    [Fact]
    public void A_pickle_that_would_run_a_command_is_refused_by_its_name()
    {
        byte[] attack = [0x80, 2, .. "cos\nsystem\n"u8, (byte)'X', 7, 0, 0, 0, .. "echo hi"u8, 0x85, (byte)'R', (byte)'.'];
        var path = folder["attack.pth"];
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
            entry.Write(attack);
        }

        Assert.Contains("'os.system'", Assert.Throws<WeightFileException>(() => PyTorchFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_archive_is_refused()
    {
        var path = folder["bomb.pth"];
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("archive/data.pkl", CompressionLevel.SmallestSize).Open();
            entry.Write(new byte[1 << 20]);
        }

        Assert.Contains("compressed zip entry 'archive/data.pkl'", Assert.Throws<WeightFileException>(() => PyTorchFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_format_is_told_by_the_content()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Write(folder["a.bin"], [new("x", ones(1))]);
        using (var safetensors = StateDictFile.Open(folder["a.bin"]))
        {
            Assert.IsType<SafetensorsFile>(safetensors);
        }

        foreach (var format in new[] { "zip", "legacy" })
        {
            using var pytorch = StateDictFile.Open(Path.Combine(Folder, $"tensors_{format}.pth"));
            Assert.IsType<PyTorchFile>(pytorch);
        }

        File.WriteAllText(folder["b.bin"], "<html>not found</html>");
        Assert.Contains("is a web page", Assert.Throws<WeightFileException>(() => StateDictFile.Open(folder["b.bin"])).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["b.bin"], "no weights at all");
        Assert.Contains("neither a safetensors file", Assert.Throws<WeightFileException>(() => StateDictFile.Open(folder["b.bin"])).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["c.bin"], string.Empty);
        Assert.Contains("is empty", Assert.Throws<WeightFileException>(() => StateDictFile.Open(folder["c.bin"])).Message, StringComparison.Ordinal);
    }

    private static string TypeName(ScalarType type) => type switch
    {
        ScalarType.Byte => "torch.uint8",
        ScalarType.ComplexFloat32 => "torch.complex64",
        _ => "torch." + type.ToString().ToLowerInvariant(),
    };
}
