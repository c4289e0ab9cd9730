using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cass;

/// <summary>The parts of a loaded native library that hold its variables. Linux alone.</summary>
internal static unsafe partial class LibraryData
{
    private const uint Load = 1;
    private const uint Writable = 2;

    /// <summary>Where they are.</summary>
    /// <param name="name">What the library's file is called up to its suffix.</param>
    /// <returns>Address and length in bytes; nothing where no such library is loaded.</returns>
    public static IReadOnlyList<(nint Start, nint Length)> Of(string name)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return [];
        }

        var search = new Search(name, []);
        var handle = GCHandle.Alloc(search);
        try
        {
            _ = IteratePhdr(&Visit, GCHandle.ToIntPtr(handle));
            return search.Found;
        }
        finally
        {
            handle.Free();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Visit(Library* library, nuint size, nint data)
    {
        var search = (Search)GCHandle.FromIntPtr(data).Target!;
        if (library->Name is null)
        {
            return 0;
        }

        var path = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(library->Name));
        if (!Path.GetFileName(path).StartsWith(search.Name + ".so", StringComparison.Ordinal))
        {
            return 0;
        }

        for (var i = 0; i < library->Count; i++)
        {
            var header = library->Headers[i];
            if (header.Type == Load && (header.Flags & Writable) != 0)
            {
                search.Found.Add((library->Address + (nint)header.Address, (nint)header.MemorySize));
            }
        }

        return 1;
    }

    /// <summary><c>dl_iterate_phdr(3)</c>.</summary>
    [LibraryImport("libc", EntryPoint = "dl_iterate_phdr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int IteratePhdr(delegate* unmanaged[Cdecl]<Library*, nuint, nint, int> callback, nint data);

    private sealed record Search(string Name, List<(nint Start, nint Length)> Found);

    /// <summary>The head of C's <c>dl_phdr_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Library
    {
        public readonly nint Address;
        public readonly byte* Name;
        public readonly Header* Headers;
        public readonly ushort Count;
    }

    /// <summary>C's <c>Elf64_Phdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Header
    {
        public readonly uint Type;
        public readonly uint Flags;
        public readonly ulong Offset;
        public readonly ulong Address;
        public readonly ulong PhysicalAddress;
        public readonly ulong FileSize;
        public readonly ulong MemorySize;
        public readonly ulong Alignment;
    }
}
