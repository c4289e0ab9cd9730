namespace Cass.Tests.ML;

/// <summary>A row with an image in two forms, and what is in it in several.</summary>
internal sealed class ImageRow
{
    public string Path { get; set; } = string.Empty;

    public byte[] Bytes { get; set; } = [];

    public string Kind { get; set; } = string.Empty;

    public float Number { get; set; }

    public string[] Findings { get; set; } = [];
}
