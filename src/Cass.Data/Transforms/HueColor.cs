namespace Cass.Data;

/// <summary>Pillow's 8-bit HSV: hue, saturation and value each 0 to 255.</summary>
internal static class HueColor
{
    public static (byte H, byte S, byte V) FromRgb(byte r, byte g, byte b)
    {
        var max = Math.Max(r, Math.Max(g, b));
        var min = Math.Min(r, Math.Min(g, b));
        if (min == max)
        {
            return (0, 0, max);
        }

        var range = (float)(max - min);
        var saturation = range / max;
        var (rc, gc, bc) = ((max - r) / range, (max - g) / range, (max - b) / range);
        var hue = r == max ? bc - gc : g == max ? (float)(2.0 + rc - bc) : (float)(4.0 + gc - rc);
        hue = (float)(((hue / 6.0) + 1.0) % 1.0);
        return ((byte)Math.Clamp((int)(hue * 255.0), 0, 255), (byte)Math.Clamp((int)(saturation * 255.0), 0, 255), max);
    }

    public static (byte R, byte G, byte B) ToRgb(byte h, byte s, byte v)
    {
        if (s == 0)
        {
            return (v, v, v);
        }

        var position = (float)(h * 6.0 / 255.0);
        var sector = (int)MathF.Floor(position);
        var fraction = (float)((h * 6.0 / 255.0) - sector);
        var saturation = (float)(s / 255.0);
        var p = Rounded(v * (1.0 - saturation));
        var q = Rounded(v * (1.0 - (saturation * fraction)));
        var t = Rounded(v * (1.0 - (saturation * (1.0 - fraction))));
        return (sector % 6) switch
        {
            0 => (v, t, p),
            1 => (q, v, p),
            2 => (p, v, t),
            3 => (p, q, v),
            4 => (t, p, v),
            _ => (v, p, q),
        };
    }

    private static byte Rounded(double value) => (byte)Math.Clamp((int)Math.Round(value, MidpointRounding.AwayFromZero), 0, 255);
}
