namespace Cass;

/// <summary>A named section of a <see cref="TrainingProfile"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How often it was entered.</param>
/// <param name="Time">How long it took, all times and threads together.</param>
public sealed record ProfileSection(string Name, long Count, TimeSpan Time);
