namespace Cass.Training;

/// <summary>A picture in a run's report.</summary>
/// <param name="Png">The bytes of a PNG file, which the report holds itself.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="IsWrong">True for what went wrong, which the report marks. Default false.</param>
public sealed record ReportPicture(ReadOnlyMemory<byte> Png, string Caption, bool IsWrong = false);
