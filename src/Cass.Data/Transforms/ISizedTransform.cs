namespace Cass.Data;

/// <summary>A transform whose result always has the same size.</summary>
public interface ISizedTransform : IImageTransform
{
    /// <summary>Height of the result in pixels.</summary>
    int OutputHeight { get; }

    /// <summary>Width of the result in pixels.</summary>
    int OutputWidth { get; }
}
