namespace Cass.ML;

/// <summary>
/// A temporary file of an ONNX model. ML.NET 5.0.1 reads models from files alone: of a stream it writes one of its own, and never deletes it.
/// </summary>
internal sealed class ModelFile : IDisposable
{
    public ModelFile(byte[] model)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"cass-{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(Path, model);
    }

#pragma warning disable MA0055 // Models of cross-validation are seldom disposed, and a file has no handle that would close by itself.
    ~ModelFile() => Delete();
#pragma warning restore MA0055

    /// <summary>Where it is.</summary>
    public string Path { get; }

    public void Dispose()
    {
        Delete();
        GC.SuppressFinalize(this);
    }

    private void Delete()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows deletes no file that is open still; temporary files are cleaned up there.
        }
    }
}
