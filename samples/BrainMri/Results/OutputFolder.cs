using Cass;

namespace BrainMri.Results;

/// <summary>The folder that a run writes to.</summary>
internal static class OutputFolder
{
    /// <summary>
    /// Makes sure that the folder can be written, and leaves no trace: what the check creates it removes again.
    /// </summary>
    /// <param name="path">The folder; it need not exist.</param>
    /// <param name="option">The option that named it, for the error.</param>
    /// <exception cref="CassInputException">The folder cannot be written.</exception>
    public static void RequireWritable(string path, string option)
    {
        var folder = Path.GetFullPath(path);
        if (File.Exists(folder))
        {
            throw new CassInputException($"{option} '{path}' is a file; give a folder.");
        }

        var missing = new Stack<string>();
        try
        {
            for (var current = folder; current is not null && !Directory.Exists(current); current = Path.GetDirectoryName(current))
            {
                missing.Push(current);
            }

            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
            {
                // Creating it was the test.
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or System.Security.SecurityException)
        {
            throw new CassInputException($"{option} '{path}' cannot be written: {error.Message.TrimEnd('.')}. Give another folder.", error);
        }
        finally
        {
            foreach (var created in missing.Reverse().Where(Directory.Exists))
            {
                Directory.Delete(created);
            }
        }
    }
}
