namespace Cass.Training;

/// <summary>Two classes of which one was taken for the other.</summary>
/// <param name="Truth">The class that the images are of.</param>
/// <param name="Predicted">Another, the most probable one for the network.</param>
/// <param name="Images">Number of such images.</param>
/// <param name="Share">Their share of the true class's images, in (0, 1].</param>
public sealed record ConfusedPair(string Truth, string Predicted, int Images, double Share);
