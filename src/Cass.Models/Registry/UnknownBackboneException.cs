namespace Cass.Models;

/// <summary>No backbone is registered under a name.</summary>
public sealed class UnknownBackboneException : CassInputException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="name">The name that was asked for.</param>
    /// <param name="suggestions">Registered names that may have been meant, nearest first.</param>
    /// <param name="message">What is unknown and what to do; one line.</param>
    public UnknownBackboneException(string name, IReadOnlyList<string> suggestions, string message)
        : base(message)
    {
        Name = name;
        Suggestions = suggestions;
    }

    /// <summary>The name that was asked for.</summary>
    public string Name { get; }

    /// <summary>Registered names that may have been meant, nearest first; empty where none is near.</summary>
    public IReadOnlyList<string> Suggestions { get; }
}
