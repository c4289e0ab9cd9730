namespace Cass.Models;

/// <summary>A name that a pickle refers to, one of those few that <see cref="PickleReader"/> knows.</summary>
/// <param name="Module">Its Python module.</param>
/// <param name="Name">Its name there.</param>
internal sealed record PickleGlobal(string Module, string Name);
