namespace Cass.Data;

/// <summary>The parts of <see cref="ColorJitter"/>.</summary>
internal enum ColorStep
{
    Brightness,
    Contrast,
    Saturation,
    Hue,
}
