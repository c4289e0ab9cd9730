namespace Cass.Training;

/// <summary>How much of the labels a network's features tell.</summary>
/// <param name="NearestNeighbors">Accuracy of the weighted vote of the nearest training images, in [0, 1].</param>
/// <param name="Linear">Accuracy of a linear classifier on the frozen features, in [0, 1].</param>
public sealed record ProbeScores(double NearestNeighbors, double Linear);
