namespace BrainMri.Phantoms;

/// <summary>Soft edges and blends between intensities.</summary>
internal static class Shading
{
    /// <summary>0 below the lower edge, 1 above the upper one, a smooth step (3t² − 2t³) between.</summary>
    public static double Step(double lower, double upper, double value)
    {
        var t = Math.Clamp((value - lower) / (upper - lower), 0, 1);
        return t * t * (3 - (2 * t));
    }

    /// <summary>1 inside a radius, 0 outside, with an edge of the given softness.</summary>
    public static double Inside(double radius, double softness, double distance) =>
        1 - Step(radius - softness, radius + softness, distance);

    /// <summary>Goes from one intensity to another.</summary>
    public static double Blend(double from, double to, double share) => from + ((to - from) * share);

    /// <summary>Distance from the centre of an upright ellipse in units of its semi-axes: 1 on its outline.</summary>
    public static double Ellipse(double x, double y, double semiAxisX, double semiAxisY)
    {
        x /= semiAxisX;
        y /= semiAxisY;
        return Math.Sqrt((x * x) + (y * y));
    }
}
