namespace Cass.Models;

/// <summary>A weight file is damaged, of an unknown format, or holds what is not read.</summary>
public sealed class WeightFileException : CassInputException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong with it and what to do; completes a sentence that begins with its path.</param>
    /// <param name="innerException">The cause.</param>
    public WeightFileException(string path, string problem, Exception? innerException = null)
        : base($"'{path}' {problem}", innerException)
    {
        Path = path;
    }

    /// <summary>The file.</summary>
    public string Path { get; }
}
