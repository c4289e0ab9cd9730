using System.Text;

namespace Cass.Tests.Native;

/// <summary>Writes a 64-bit little-endian ELF file with just the tables that symbol versions live in.</summary>
internal sealed class ElfLibrary
{
    private readonly List<(string File, List<(string Version, ushort Flags, ushort Index)> Versions)> needs = [];
    private readonly List<(string Symbol, ushort Index)> symbols = [(string.Empty, 0)];

    public ElfLibrary Needs(string file, params (string Version, ushort Flags, ushort Index)[] versions)
    {
        needs.Add((file, [.. versions]));
        return this;
    }

    public ElfLibrary Imports(string symbol, ushort index)
    {
        symbols.Add((symbol, index));
        return this;
    }

    /// <summary>A library like TorchSharp's: the anchor is all that it imports of GLIBCXX_3.4.32.</summary>
    public static ElfLibrary LikeTorchSharp(ushort flags = 0) => new ElfLibrary()
        .Needs("libc.so.6", ("GLIBC_2.34", 0, 2))
        .Needs("libstdc++.so.6", ("GLIBCXX_3.4.30", 0, 3), ("GLIBCXX_3.4.32", flags, 4), ("CXXABI_1.3", 0, 5))
        .Imports("memcpy", 2)
        .Imports("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE", 3)
        .Imports("_ZSt21ios_base_library_initv", 4);

    public byte[] ToBytes()
    {
        var names = new StringTable();
        var versionNeeds = new BinaryWriter(new MemoryStream());
        for (var i = 0; i < needs.Count; i++)
        {
            var (file, versions) = needs[i];
            versionNeeds.Write((ushort)1);
            versionNeeds.Write((ushort)versions.Count);
            versionNeeds.Write(names.Add(file));
            versionNeeds.Write(16);
            versionNeeds.Write(i + 1 < needs.Count ? 16 + (16 * versions.Count) : 0);
            for (var j = 0; j < versions.Count; j++)
            {
                versionNeeds.Write(HashOf(versions[j].Version));
                versionNeeds.Write(versions[j].Flags);
                versionNeeds.Write(versions[j].Index);
                versionNeeds.Write(names.Add(versions[j].Version));
                versionNeeds.Write(j + 1 < versions.Count ? 16 : 0);
            }
        }

        var symbolTable = new BinaryWriter(new MemoryStream());
        var symbolVersions = new BinaryWriter(new MemoryStream());
        foreach (var (symbol, index) in symbols)
        {
            symbolTable.Write(names.Add(symbol));
            symbolTable.Write(new byte[20]);
            symbolVersions.Write(index);
        }

        return Assemble(
        [
            (0, [], 0, 0),
            (3, names.ToArray(), 0, 0),
            (11, Content(symbolTable), 1, 1),
            (0x6fffffff, Content(symbolVersions), 2, 0),
            (0x6ffffffe, Content(versionNeeds), 1, needs.Count),
        ]);
    }

    private static byte[] Assemble(IReadOnlyList<(int Type, byte[] Content, int Link, int Info)> sections)
    {
        var offsets = new List<long>();
        var end = 64L;
        foreach (var section in sections)
        {
            offsets.Add(end);
            end += (section.Content.Length + 7) / 8 * 8;
        }

        var file = new BinaryWriter(new MemoryStream());
        file.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.Write((ushort)3);
        file.Write((ushort)62);
        file.Write(1);
        file.Write(0L);
        file.Write(0L);
        file.Write(end);
        file.Write(0);
        file.Write([64, 0, 56, 0, 0, 0, 64, 0]);
        file.Write((ushort)sections.Count);
        file.Write((ushort)0);
        foreach (var section in sections)
        {
            file.Write(section.Content);
            file.Write(new byte[((section.Content.Length + 7) / 8 * 8) - section.Content.Length]);
        }

        for (var i = 0; i < sections.Count; i++)
        {
            file.Write(0);
            file.Write(sections[i].Type);
            file.Write(0L);
            file.Write(0L);
            file.Write(offsets[i]);
            file.Write((long)sections[i].Content.Length);
            file.Write(sections[i].Link);
            file.Write(sections[i].Info);
            file.Write(0L);
            file.Write(0L);
        }

        return Content(file);
    }

    private static byte[] Content(BinaryWriter writer) => ((MemoryStream)writer.BaseStream).ToArray();

    // As linkers wrote them into real libraries.
    private static uint HashOf(string version) => version switch
    {
        "GLIBC_2.34" => 0x069691b4,
        "GLIBCXX_3.4.30" => 0x0297f840,
        "GLIBCXX_3.4.32" => 0x0297f842,
        "CXXABI_1.3" => 0x056bafd3,
        _ => throw new ArgumentOutOfRangeException(nameof(version), version, "Its hash is not listed."),
    };

    private sealed class StringTable
    {
        private readonly List<byte> bytes = [0];

        public int Add(string text)
        {
            var at = text.Length == 0 ? 0 : bytes.Count;
            bytes.AddRange(text.Length == 0 ? [] : Encoding.ASCII.GetBytes(text + '\0'));
            return at;
        }

        public byte[] ToArray() => [.. bytes];
    }
}
