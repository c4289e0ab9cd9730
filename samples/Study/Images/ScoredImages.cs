namespace Study.Images;

/// <summary>What tables need to know of the images that are scored, so that they can be made where the images are not.</summary>
/// <param name="Fingerprint">Of the parts.</param>
/// <param name="Classes">Their names.</param>
/// <param name="Validation">The validation images.</param>
/// <param name="HeldOut">The held-out images.</param>
internal sealed record ScoredImages(string Fingerprint, IReadOnlyList<string> Classes, KnownImages Validation, KnownImages HeldOut);
