namespace Cass.Data;

/// <summary>How pixel values between the pixels are found.</summary>
public enum Interpolation
{
    /// <summary>The nearest pixel.</summary>
    Nearest,

    /// <summary>Linear between neighbours; antialiased where an image is scaled down.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = −0.5 (Keys 1981) where an image is resized, −1 where it is warped, as in Pillow; antialiased where an image is scaled down.</summary>
    Bicubic,
}
