namespace Cass.Metrics;

/// <summary>
/// What a figure is where its definition divides zero by zero, such as the precision of a class that was never
/// predicted; scikit-learn's <c>zero_division</c>.
/// </summary>
public enum ZeroDivision
{
    /// <summary>The figure is 0.</summary>
    Zero,

    /// <summary>The figure is 1.</summary>
    One,

    /// <summary>
    /// The figure is NaN, and is left out where figures are averaged; the average is NaN only where nothing is left.
    /// </summary>
    NaN,
}
