namespace Cass.ML;

/// <summary>In which form a column holds images.</summary>
internal enum ImageColumnKind
{
    /// <summary>Text: paths of image files.</summary>
    Path,

    /// <summary>Vectors of bytes: encoded images.</summary>
    Encoded,

    /// <summary>ML.NET's <c>MLImage</c>: decoded images.</summary>
    Decoded,
}
