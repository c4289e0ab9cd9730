namespace Cass.Data;

internal enum PixelStepKind
{
    Brightness,
    Contrast,
    Saturation,
    Hue,
    Solarize,
    Blur,
}
