namespace BrainMri.Phantoms;

/// <summary>How a head lies in the image: its size, its place, and how far it is turned.</summary>
internal sealed record HeadFrame(double SemiAxisX, double SemiAxisY, double ShiftX, double ShiftY, double Cosine, double Sine)
{
    public static HeadFrame Draw(PhantomRandom random)
    {
        var semiAxisX = random.Between(0.73, 0.79);
        var semiAxisY = semiAxisX * random.Between(1.10, 1.20);
        var shiftX = random.Between(-0.04, 0.04);
        var shiftY = random.Between(-0.03, 0.03);

        // Half-angle form of the rotation: sine and cosine of up to ±10° without trigonometry.
        var halfTangent = random.Between(-0.09, 0.09);
        var cosine = (1 - (halfTangent * halfTangent)) / (1 + (halfTangent * halfTangent));
        var sine = 2 * halfTangent / (1 + (halfTangent * halfTangent));
        return new HeadFrame(semiAxisX, semiAxisY, shiftX, shiftY, cosine, sine);
    }

    /// <summary>The place of a pixel: u and v from the head's centre in halves of the image, x and y in the frame of <see cref="HeadAnatomy"/>.</summary>
    public (double U, double V, double X, double Y) At(int row, int column, int size)
    {
        var u = (((2 * column) + 1.0) / size) - 1 - ShiftX;
        var v = (((2 * row) + 1.0) / size) - 1 - ShiftY;
        return (u, v, ((Cosine * u) + (Sine * v)) / SemiAxisX, ((Cosine * v) - (Sine * u)) / SemiAxisY);
    }
}
