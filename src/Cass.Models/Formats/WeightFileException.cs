namespace Cass.Models;

/// <summary>A weight file is damaged, of an unknown format, or holds what is not read.</summary>
public sealed class WeightFileException : CassInputException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong with it and what to do; completes a sentence that begins with its path.</param>
    /// <param name="innerException">The cause.</param>
    public WeightFileException(string path, string problem, Exception? innerException = null)
        : base($"'{path}' {OneLine(problem)}", innerException)
    {
        Path = path;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The problem may quote a hostile file's names: neither control characters nor their length reach a log.</summary>
    private static string OneLine(string problem)
    {
        const int MaxLength = 600;
        return new([.. (problem.Length <= MaxLength ? problem : problem[..MaxLength] + "…").Select(c => char.IsControl(c) ? '?' : c)]);
    }
}
