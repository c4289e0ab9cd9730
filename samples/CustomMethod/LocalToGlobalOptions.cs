using System.ComponentModel.DataAnnotations;

namespace CustomMethod;

/// <summary>Settings of <see cref="LocalToGlobalMethod"/>.</summary>
internal sealed class LocalToGlobalOptions
{
    /// <summary>Share of itself that the teacher keeps at the first step; it rises to 1.</summary>
    [Range(0.0, 1.0)]
    public double TeacherMomentum { get; set; } = 0.99;

    /// <summary>Shares of an image's area that a small crop shows: the least and the most.</summary>
    public (double Min, double Max) SmallCropScale { get; set; } = (0.1, 0.5);
}
