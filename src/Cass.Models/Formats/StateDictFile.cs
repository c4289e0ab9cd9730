namespace Cass.Models;

/// <summary>Opens files of named tensors by what they contain, whatever their names end with.</summary>
public static class StateDictFile
{
    /// <summary>Opens a safetensors file, a file that <c>torch.save</c> wrote, or an ONNX model.</summary>
    /// <param name="path">The file. It must not be shortened while it is open.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="WeightFileException">It is of an unknown format, damaged, or holds what is not read.</exception>
    /// <exception cref="CassInputException">It is not there or cannot be read.</exception>
    public static IStateDictFile Open(string path)
    {
        byte[] start;
        using (var mapped = MappedFile.Open(path))
        {
            start = mapped.Read(0, (int)Math.Min(mapped.Length, PyTorchArchive.SignatureLength));
        }

        if (PyTorchArchive.IsZip(start) || PyTorchArchive.IsLegacy(start))
        {
            return PyTorchFile.Open(path);
        }

        if (start.Length > 8 && start[8] == (byte)'{')
        {
            return SafetensorsFile.Open(path);
        }

        if (OnnxFile.Begins(start) || path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return OnnxFile.Open(path);
        }

        throw new WeightFileException(
            path,
            start.Length == 0 ? "is empty; download or write it again."
            : start.AsSpan().StartsWith("version "u8) ? "is a pointer of Git LFS, not the weights; fetch them with git lfs pull, or download the file itself."
            : start.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("<"u8) ? "is a web page, not weights; download the file itself."
            : "is neither a safetensors file, nor one that torch.save wrote, nor an ONNX model; convert it to one of them.");
    }
}
