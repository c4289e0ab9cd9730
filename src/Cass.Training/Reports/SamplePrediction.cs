namespace Cass.Training;

/// <summary>One image of a test with what was made of it.</summary>
/// <param name="Name">Name of the image.</param>
/// <param name="Truth">Its class.</param>
/// <param name="Predicted">The most probable class.</param>
/// <param name="Probability">The probability of that.</param>
/// <param name="Image">Where the picture comes from.</param>
public sealed record SamplePrediction(string Name, string Truth, string Predicted, float Probability, IImageSource Image);
