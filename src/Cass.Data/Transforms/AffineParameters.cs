namespace Cass.Data;

/// <summary>One draw of <see cref="RandomAffine"/>: degrees and pixels.</summary>
internal sealed record AffineParameters(double Angle, double TranslateX, double TranslateY, double Scale, double ShearX, double ShearY);
