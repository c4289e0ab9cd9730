namespace MLNet;

/// <summary>A row: an image, as the bytes of its file, and what it shows.</summary>
internal sealed class Scan
{
    public byte[] Image { get; set; } = [];

    public string Finding { get; set; } = string.Empty;

    public string Patient { get; set; } = string.Empty;
}
