namespace Cass.Data;

/// <summary>One draw of <see cref="ColorJitter"/>.</summary>
internal sealed record ColorJitterParameters(ColorStep[] Order, double Brightness, double Contrast, double Saturation, double Hue);
