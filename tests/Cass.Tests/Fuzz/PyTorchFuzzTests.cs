using System.Buffers.Binary;
using System.Text.Json;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Fuzz;

/// <summary>72,000 damaged and hostile files of <c>torch.save</c>, in both formats, and the bombs that pickles and zips are known for; a fifth of them unless <see cref="LongTests"/> are wanted.</summary>
public sealed class PyTorchFuzzTests : IDisposable
{
    private static readonly int DamagedOfEach = LongTests.Repeats(20_000, 2_500);
    private static readonly int Programs = LongTests.Repeats(20_000, 2_500);

    private static readonly string Seeds = Path.Combine(AppContext.BaseDirectory, "Models", "PyTorch");

    /// <summary>Opcodes that the reader knows, and a few that it must refuse.</summary>
    private static readonly byte[] Opcodes =
        [.. "(012NJKMGXTU)t]lae}dsuqrhjcQRb.BCioPFIS"u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96];

    /// <summary>Those by which objects of any class are made and filled.</summary>
    private static readonly byte[] ObjectOpcodes = [(byte)'c', (byte)'c', (byte)'R', 0x81, 0x92, (byte)'b', (byte)')', (byte)'}', (byte)']', (byte)'(', (byte)'u', (byte)'s', (byte)'e', (byte)'a', (byte)'t', 0x85, 0x86, (byte)'N', (byte)'K', (byte)'U', (byte)'q', (byte)'h', (byte)'2', 0x8F, 0x90, 0x91, (byte)'C', (byte)'B', (byte)'Q'];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Trait("Category", LongTests.Category)]
    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    public void Damaged_files_open_or_are_refused(string format)
    {
        byte[][] seeds = [.. Directory.GetFiles(Seeds, $"*_{format}.pth").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        Assert.True(seeds.Length >= 6);
        var file = new HostileWeightFile(folder["mutant"]);
        for (var i = 0; i < DamagedOfEach; i++)
        {
            var mutant = i;
            var random = new Random(i);
            file.Check(ByteMutation.Apply(seeds[i % seeds.Length], seeds[random.Next(seeds.Length)], random), () => $"{format} mutant {mutant}");
        }

        Assert.True(file.Opened > DamagedOfEach / 50 && file.Refused > DamagedOfEach / 50, $"{file.Opened} opened, {file.Refused} refused");
    }

    /// <summary>Checkpoints as programs save them, with objects of their classes in every protocol, damaged.</summary>
    [Trait("Category", LongTests.Category)]
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_checkpoints_with_objects_of_any_class_open_or_are_refused(bool legacy)
    {
        var count = LongTests.Repeats(3_000, 400);
        var objects = JsonSerializer.Deserialize<Dictionary<string, byte[]>>(File.ReadAllText(Path.Combine(Seeds, "objects.json")))!;
        using var weight = TorchSharp.torch.rand(2, 3);
        List<byte[]> seeds = [];
        foreach (var pickle in objects.Values)
        {
            TorchSaveFile.Write(folder["seed"], new Dictionary<string, object?>(StringComparer.Ordinal) { ["args"] = pickle, ["state_dict"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["weight"] = weight } }, legacy);
            seeds.Add(File.ReadAllBytes(folder["seed"]));
        }

        var file = new HostileWeightFile(folder["mutant"]);
        for (var i = 0; i < count; i++)
        {
            var mutant = i;
            var random = new Random(i);
            file.Check(ByteMutation.Apply(seeds[i % seeds.Count], seeds[random.Next(seeds.Count)], random), () => $"mutant {mutant}");
        }

        Assert.True(file.Opened > count / 50 && file.Refused > count / 50, $"{file.Opened} opened, {file.Refused} refused");
    }

    /// <summary>Programs of those opcodes by which objects are made, beside a tensor that is good.</summary>
    [Trait("Category", LongTests.Category)]
    [Fact]
    public void Random_objects_open_or_are_refused()
    {
        var count = LongTests.Repeats(6_000, 700);
        string[] globals = ["argparse\nNamespace\n", "a.b\nC\n", "collections\ndefaultdict\n", "collections\nOrderedDict\n", "torch._tensor\n_rebuild_from_type_v2\n", "torch._utils\n_rebuild_parameter\n", "torch._utils\n_rebuild_tensor_v3\n", "torch\nQInt8Storage\n", "builtins\nset\n"];
        using var weight = TorchSharp.torch.rand(2, 3);
        var file = new HostileWeightFile(folder["mutant"]);
        for (var i = 0; i < count; i++)
        {
            var program = i;
            var random = new Random(i);
            List<byte> pickle = [0x80, 2];
            for (var length = random.Next(1, 12); length > 0; length--)
            {
                var opcode = ObjectOpcodes[random.Next(ObjectOpcodes.Length)];
                pickle.AddRange(opcode switch
                {
                    (byte)'c' => [opcode, .. Latin1(globals[random.Next(globals.Length)])],
                    (byte)'q' or (byte)'h' or (byte)'K' => [opcode, (byte)random.Next(3)],
                    (byte)'U' or (byte)'C' => [opcode, 1, (byte)'k'],
                    (byte)'B' => [opcode, 2, 0, 0, (byte)(random.Next(20) == 0 ? 255 : 0), 1, 2],
                    _ => (byte[])[opcode],
                });
            }

            // Whatever is left of it stands below the tensors.
            pickle.AddRange([(byte)'N', (byte)'.']);
            TorchSaveFile.Write(folder["seed"], new Dictionary<string, object?>(StringComparer.Ordinal) { ["args"] = pickle.ToArray(), ["weight"] = weight }, legacy: true);
            file.Check(File.ReadAllBytes(folder["seed"]), () => $"program {program}");
        }

        Assert.True(file.Opened > count / 200 && file.Refused > count / 2, $"{file.Opened} opened, {file.Refused} refused");
    }

    [Trait("Category", LongTests.Category)]
    [Fact]
    public void Random_pickles_open_or_are_refused()
    {
        var seed = File.ReadAllBytes(Path.Combine(Seeds, "tensors_legacy.pth"));
        var file = new HostileWeightFile(folder["mutant"]);
        for (var i = 0; i < Programs; i++)
        {
            var program = i;
            file.Check(Program(seed, new Random(i)), () => $"program {program}");
        }

        Assert.True(file.Refused > Programs / 2, $"{file.Opened} opened, {file.Refused} refused");
    }

    /// <summary>Directory entries of the archive with hostile sizes, offsets and flags.</summary>
    [Trait("Category", LongTests.Category)]
    [Fact]
    public void Hostile_zip_directories_open_or_are_refused()
    {
        var seed = File.ReadAllBytes(Path.Combine(Seeds, "tensors_zip.pth"));
        List<int> entries = [.. Enumerable.Range(0, seed.Length - 4).Where(i => seed.AsSpan(i, 4).SequenceEqual("PK\u0001\u0002"u8) || seed.AsSpan(i, 4).SequenceEqual("PK\u0005\u0006"u8) || seed.AsSpan(i, 4).SequenceEqual("PK\u0006\u0006"u8) || seed.AsSpan(i, 4).SequenceEqual("PK\u0006\u0007"u8))];
        uint[] values = LongTests.AreWanted
            ? [0, 1, uint.MaxValue, int.MaxValue, 0x80000000, (uint)seed.Length, (uint)seed.Length - 1, 0xFFFF]
            : [0, uint.MaxValue, (uint)seed.Length];
        var file = new HostileWeightFile(folder["mutant"]);
        var tried = 0;
        foreach (var entry in entries)
        {
            for (var at = entry + 4; at < Math.Min(entry + 56, seed.Length - 4); at++)
            {
                foreach (var value in values)
                {
                    byte[] mutant = [.. seed];
                    BinaryPrimitives.WriteUInt32LittleEndian(mutant.AsSpan(at), value);
                    var position = at;
                    file.Check(mutant, () => $"{value} at {position}");
                    tried++;
                }
            }
        }

        Assert.True(tried > 1000 && file.Opened > 0 && file.Refused > tried / 4, $"{file.Opened} opened, {file.Refused} refused");
    }

    /// <summary>Each byte of these makes the reader work or remember; none may make it do so without end.</summary>
    [Theory]
    [InlineData("}\u0094", "\u0094", "")] // memo of every length
    [InlineData("]", "2", "")] // copies
    [InlineData("", "]", "")] // new lists
    [InlineData("", "(", "")] // marks
    [InlineData("", "N0", "")] // work that leaves nothing
    [InlineData("]q\0", "h\0h\0\u0086q\0", "")] // doubling tuples
    [InlineData("]q\0", "h\0a", "")] // a list within itself
    [InlineData("}q\0", "K\u0001h\0s", "")] // a dictionary within itself
    [InlineData("", "}K\u0001", "s")] // nesting
    [InlineData("cargparse\nNamespace\n)\u0081", "}b", "")] // attributes without end
    [InlineData("", "ca\nb\n", "")] // classes
    [InlineData("", "ca\nb\n)R", "")] // objects
    [InlineData("", "ca\nb\n(", "t\u0081")] // objects within objects' arguments
    [InlineData("\u008F", "(K\u0001\u0090", "")] // a set that grows
    [InlineData("", "C\u0001x", "")] // bytes
    public void Bombs_are_refused(string start, string repeated, string end)
    {
        var seed = File.ReadAllBytes(Path.Combine(Seeds, "tensors_legacy.pth"));
        var file = new HostileWeightFile(folder["bomb"]);
        foreach (var count in new[] { 1_000, 2_000_000 })
        {
            byte[] program = [.. Latin1(start), .. Latin1(string.Concat(Enumerable.Repeat(repeated, count))), .. Latin1(string.Concat(Enumerable.Repeat(end, count))), (byte)'.'];
            file.Check([.. Preamble(seed), 0x80, 2, .. program, 0x80, 2, (byte)']', (byte)'.'], () => $"{repeated} {count} times");
        }

        Assert.True(file.Refused >= 1);
    }

    private static byte[] Latin1(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    /// <summary>The first three pickles of the older format: magic, version, system.</summary>
    private static byte[] Preamble(byte[] seed)
    {
        var end = 0;
        for (var pickle = 0; pickle < 3; pickle++)
        {
            end = Array.IndexOf(seed, (byte)'.', end) + 1;
        }

        return seed[..end];
    }

    /// <summary>A random program behind a right beginning, with operands that suit its opcodes more often than not.</summary>
    private static byte[] Program(byte[] seed, Random random)
    {
        List<byte> program = [.. Preamble(seed), 0x80, 2];
        string[] globals = ["collections\nOrderedDict\n", "torch._utils\n_rebuild_tensor_v2\n", "torch\nFloatStorage\n", "torch\nSize\n", "torch\nfloat32\n", "os\nsystem\n", "builtins\neval\n", "argparse\nNamespace\n", "collections\ndefaultdict\n"];
        for (var length = random.Next(1, 60); length > 0; length--)
        {
            var opcode = Opcodes[random.Next(Opcodes.Length)];
            program.Add(opcode);
            if (opcode == (byte)'c')
            {
                program.AddRange(Latin1(globals[random.Next(globals.Length)]));
            }
            else if (opcode is (byte)'q' or (byte)'h' or (byte)'K' or (byte)'U' or 0x8A or 0x8C or 0x80)
            {
                program.Add((byte)random.Next(4));
            }
            else if (opcode is (byte)'X' or (byte)'T' or (byte)'J' or (byte)'r' or (byte)'j')
            {
                var operand = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(operand, random.Next(8) == 0 ? random.Next(int.MinValue, int.MaxValue) : random.Next(4));
                program.AddRange(operand);
            }
        }

        return [.. program, (byte)'.', 0x80, 2, (byte)']', (byte)'.'];
    }
}
