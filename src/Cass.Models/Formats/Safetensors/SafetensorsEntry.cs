namespace Cass.Models;

/// <summary>Where a tensor lies in the file.</summary>
/// <param name="Entry">Its name, type and shape.</param>
/// <param name="Begin">First byte, from the beginning of the data.</param>
/// <param name="End">The byte after the last, from the beginning of the data.</param>
internal sealed record SafetensorsEntry(StateDictEntry Entry, long Begin, long End);
