// Compiled in two places: by MSBuild's RoslynCodeTaskFactory in every build that uses Cass.Abstractions.targets, so it
// keeps to .NET Standard 2.0 and to one file; and by the tests, which define CASS_WITHOUT_MSBUILD.
#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Cass.Build;

/// <summary>
/// Lets a shared library for Linux load with a libstdc++ that lacks one symbol version which the library names but does
/// not use: sets VER_FLG_WEAK in that version's record in <c>.gnu.version_r</c>, so that the dynamic loader does
/// without the version instead of refusing the library (LSB Core 5.0, "Symbol Versioning").
/// </summary>
internal static class GlibcxxVersionPatch
{
    /// <summary>The symbol version of GCC 13's libstdc++, which Debian 12 and Ubuntu 22.04 do not have.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    // Since GCC 13 every object that includes <iostream> refers to this symbol, only to make the linker pull in the
    // initialisation of the standard streams. Nothing calls it.
    private const string AnchorSymbol = "_ZSt21ios_base_library_initv";

    private const ushort WeakFlag = 0x2;
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const int VersionNeedSize = 16;
    private const uint StringTable = 3;
    private const uint DynamicSymbols = 11;
    private const uint VersionNeeds = 0x6ffffffe;
    private const uint SymbolVersions = 0x6fffffff;

    /// <summary>What was found in a file, and done to it.</summary>
    public enum Outcome
    {
        /// <summary>The version's record was strong and is weak now.</summary>
        Patched,

        /// <summary>The version's record was weak already.</summary>
        AlreadyPatched,

        /// <summary>The library does not name the version.</summary>
        NotNeeded,

        /// <summary>The library uses a symbol of the version: made weak, it would load and then crash. Left as it is.</summary>
        InUse,

        /// <summary>Not a 64-bit little-endian ELF file. Left as it is.</summary>
        NotElf64,

        /// <summary>An ELF file whose tables contradict themselves or reach beyond the file. Left as it is.</summary>
        Malformed,
    }

    /// <summary>Writes a copy of a library, with the version's record made weak where that is needed and safe.</summary>
    /// <param name="source">The library. It is only read.</param>
    /// <param name="destination">
    /// The copy. It appears whole or not at all; where a file or a link of that name exists, the name is given to the new
    /// file and what the link pointed to stays as it is.
    /// </param>
    /// <returns>What was found; the copy has the source's bytes unless this is <see cref="Outcome.Patched"/>.</returns>
    public static Outcome Copy(string source, string destination)
    {
        var from = Path.GetFullPath(source);
        var to = Path.GetFullPath(destination);
        if (string.Equals(from, to, StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{from}' cannot be both source and destination.", nameof(destination));
        }

        var image = File.ReadAllBytes(from);
        var outcome = Apply(image);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        var temporary = to + "." + Guid.NewGuid().ToString("N") + ".tmp";
        try
        {
            File.WriteAllBytes(temporary, image);

            // An incremental build compares times; a package may have been made by a clock ahead of this one.
            var now = DateTime.UtcNow;
            var age = File.GetLastWriteTimeUtc(from);
            File.SetLastWriteTimeUtc(temporary, age > now ? age : now);
            MoveOver(temporary, to);
        }
        finally
        {
            File.Delete(temporary);
        }

        return outcome;
    }

    /// <summary>Makes the version's record weak in a library's bytes, where that is needed and safe.</summary>
    /// <param name="image">The whole file; changed only where the outcome is <see cref="Outcome.Patched"/>.</param>
    /// <returns>What was found.</returns>
    public static Outcome Apply(byte[] image)
    {
        if (image.Length < 6 || image[0] != 0x7f || image[1] != 'E' || image[2] != 'L' || image[3] != 'F'
            || image[4] != 2 || image[5] != 1)
        {
            return Outcome.NotElf64;
        }

        try
        {
            return new Library(image).Patch();
        }
        catch (InvalidDataException)
        {
            return Outcome.Malformed;
        }
    }

    private static void MoveOver(string temporary, string destination)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (File.Exists(destination))
                {
                    File.Replace(temporary, destination, destinationBackupFileName: null);
                }
                else
                {
                    File.Move(temporary, destination);
                }

                return;
            }
            catch (FileNotFoundException) when (attempt < 5)
            {
                // A link to nothing: it exists, but cannot be replaced.
                File.Delete(destination);
            }
            catch (IOException) when (attempt < 5)
            {
                // Another build of the same project created or removed the name in between, or is reading it (Windows).
                System.Threading.Thread.Sleep(50 * attempt);
            }
        }
    }

    private sealed class Section
    {
        public Section(uint type, int offset, int size, uint link, uint info)
        {
            Type = type;
            Offset = offset;
            Size = size;
            Link = link;
            Info = info;
        }

        public uint Type { get; }

        public int Offset { get; }

        public int Size { get; }

        public uint Link { get; }

        public uint Info { get; }
    }

    private sealed class Library
    {
        private readonly byte[] image;
        private readonly Section[] sections;

        public Library(byte[] image)
        {
            this.image = image;
            Require(image.Length >= HeaderSize);
            var tableOffset = ReadUInt64(0x28);
            var count = ReadUInt16(0x3c);
            Require(ReadUInt16(0x3a) == SectionHeaderSize || count == 0);
            Require(count != 0 || tableOffset == 0);
            Require(tableOffset <= (ulong)image.Length && (ulong)count * SectionHeaderSize <= (ulong)image.Length - tableOffset);
            sections = new Section[count];
            for (var i = 0; i < count; i++)
            {
                sections[i] = ReadSection((int)tableOffset + (i * SectionHeaderSize));
            }
        }

        public Outcome Patch()
        {
            var strong = new List<int>();
            var indexes = new HashSet<int>();
            var found = false;
            foreach (var needs in SectionsOf(VersionNeeds))
            {
                var names = Linked(needs, StringTable);
                foreach (var record in Records(needs))
                {
                    if (!NameIs(names, ReadUInt32(record + 8), Version))
                    {
                        continue;
                    }

                    Require(ReadUInt32(record) == HashOf(Version));
                    found = true;
                    if ((ReadUInt16(record + 4) & WeakFlag) == 0)
                    {
                        strong.Add(record);
                        indexes.Add(ReadUInt16(record + 6) & 0x7fff);
                    }
                }
            }

            if (strong.Count == 0)
            {
                return found ? Outcome.AlreadyPatched : Outcome.NotNeeded;
            }

            if (UsesMoreThanTheAnchor(indexes))
            {
                return Outcome.InUse;
            }

            foreach (var record in strong)
            {
                image[record + 4] |= (byte)WeakFlag;
            }

            return Outcome.Patched;
        }

        private bool UsesMoreThanTheAnchor(HashSet<int> indexes)
        {
            foreach (var versions in SectionsOf(SymbolVersions))
            {
                var symbols = Linked(versions, DynamicSymbols);
                var names = Linked(symbols, StringTable);
                Require(versions.Size / 2 == symbols.Size / SymbolSize);
                for (var i = 0; i < versions.Size / 2; i++)
                {
                    if (indexes.Contains(ReadUInt16(versions.Offset + (i * 2)) & 0x7fff)
                        && !NameIs(names, ReadUInt32(symbols.Offset + (i * SymbolSize)), AnchorSymbol))
                    {
                        return true;
                    }
                }
            }

            return false;
        }

        private IEnumerable<int> Records(Section needs)
        {
            var end = needs.Offset + needs.Size;
            var need = needs.Offset;
            for (var i = 0u; i < needs.Info; i++)
            {
                Require(need <= end - VersionNeedSize);
                Require(ReadUInt16(need) == 1);
                var count = ReadUInt16(need + 2);
                var record = need;
                var step = ReadUInt32(need + 8);
                for (var j = 0; j < count; j++)
                {
                    record = Advance(record, step, end);
                    yield return record;
                    step = ReadUInt32(record + 12);
                }

                if (i + 1 < needs.Info)
                {
                    need = Advance(need, ReadUInt32(need + 12), end);
                }
            }
        }

        private IEnumerable<Section> SectionsOf(uint type)
        {
            foreach (var section in sections)
            {
                if (section.Type == type)
                {
                    yield return section;
                }
            }
        }

        private Section Linked(Section section, uint type)
        {
            Require(section.Link < sections.Length && sections[section.Link].Type == type);
            return sections[section.Link];
        }

        private Section ReadSection(int at)
        {
            var type = ReadUInt32(at + 4);
            var offset = ReadUInt64(at + 0x18);
            var size = ReadUInt64(at + 0x20);
            var hasBytes = type is StringTable or DynamicSymbols or VersionNeeds or SymbolVersions;
            Require(!hasBytes || (offset <= (ulong)image.Length && size <= (ulong)image.Length - offset));
            return new Section(type, hasBytes ? (int)offset : 0, hasBytes ? (int)size : 0, ReadUInt32(at + 0x28), ReadUInt32(at + 0x2c));
        }

        private bool NameIs(Section names, uint at, string expected)
        {
            Require(at < names.Size);
            var bytes = Encoding.ASCII.GetBytes(expected);
            if (names.Size - at <= bytes.Length)
            {
                return false;
            }

            for (var i = 0; i < bytes.Length; i++)
            {
                if (image[names.Offset + (int)at + i] != bytes[i])
                {
                    return false;
                }
            }

            return image[names.Offset + (int)at + bytes.Length] == 0;
        }

        private ushort ReadUInt16(int at) => (ushort)(image[at] | (image[at + 1] << 8));

        private uint ReadUInt32(int at) => ReadUInt16(at) | ((uint)ReadUInt16(at + 2) << 16);

        private ulong ReadUInt64(int at) => ReadUInt32(at) | ((ulong)ReadUInt32(at + 4) << 32);

        private static int Advance(int at, uint step, int end)
        {
            Require(step >= VersionNeedSize && step <= end - VersionNeedSize - at);
            return at + (int)step;
        }

        private static uint HashOf(string name)
        {
            var hash = 0u;
            foreach (var character in name)
            {
                hash = (hash << 4) + character;
                var high = hash & 0xf0000000;
                hash = (hash ^ (high >> 24)) & ~high;
            }

            return hash;
        }

        private static void Require(bool condition)
        {
            if (!condition)
            {
                throw new InvalidDataException();
            }
        }
    }
}

#if !CASS_WITHOUT_MSBUILD
/// <summary>The MSBuild task: copies each library to the path in its metadata <c>CassPatchedPath</c>, patched.</summary>
public sealed class PatchLibTorchSharp : Microsoft.Build.Utilities.Task
{
    /// <summary>The libraries to copy.</summary>
    [Microsoft.Build.Framework.Required]
    public Microsoft.Build.Framework.ITaskItem[] Libraries { get; set; } = Array.Empty<Microsoft.Build.Framework.ITaskItem>();

    /// <inheritdoc/>
    public override bool Execute()
    {
        foreach (var library in Libraries)
        {
            var source = library.ItemSpec;
            var destination = library.GetMetadata("CassPatchedPath");
            try
            {
                Report(GlibcxxVersionPatch.Copy(source, destination), source, destination);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Error("CASS0001", $"'{source}' could not be copied to '{destination}': {failure.Message} Set the property CassPatchLibTorchSharp to false to build without the copy.");
            }
        }

        return !Log.HasLoggedErrors;
    }

    private void Report(GlibcxxVersionPatch.Outcome outcome, string source, string destination)
    {
        switch (outcome)
        {
            case GlibcxxVersionPatch.Outcome.Malformed or GlibcxxVersionPatch.Outcome.NotElf64:
                Warn("CASS0002", $"'{source}' is not a well-formed ELF library for 64-bit Linux; it is used as it is. Clear the package from the NuGet cache and restore again.");
                break;
            case GlibcxxVersionPatch.Outcome.InUse:
                Warn("CASS0003", $"'{source}' calls functions of {GlibcxxVersionPatch.Version}; it is used as it is and loads only where libstdc++ is of GCC 13 or later.");
                break;
            default:
                Log.LogMessage(Microsoft.Build.Framework.MessageImportance.Low, "'{0}' -> '{1}': {2}", source, destination, outcome);
                break;
        }
    }

    private void Warn(string code, string message) => Log.LogWarning(null, code, null, null, 0, 0, 0, 0, "{0}", message);

    private void Error(string code, string message) => Log.LogError(null, code, null, null, 0, 0, 0, 0, "{0}", message);
}
#endif
