using Cass.Data;

namespace Study.Images;

/// <summary>The images of a study, in parts that are the same for every cell.</summary>
/// <param name="Training">What is trained on.</param>
/// <param name="Validation">What settings are chosen by.</param>
/// <param name="HeldOut">What is scored once a cell.</param>
/// <param name="Test">The collection's own test images; null where there is no folder of them.</param>
/// <param name="CleanTest">By test image, whether it neither equals nor resembles a training image or an earlier test image.</param>
/// <param name="Fingerprint">Of the names in all parts: results of different images are never put into one table.</param>
internal sealed record StudyImages(
    ImageDataset Training,
    ImageDataset Validation,
    ImageDataset HeldOut,
    ImageDataset? Test,
    IReadOnlyList<bool> CleanTest,
    string Fingerprint)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Training.Count} training, {Validation.Count} validation and {HeldOut.Count} held-out images{(Test is null ? string.Empty : $", {Test.Count} test images, {CleanTest.Count(clean => clean)} of them unlike all others")}; {Fingerprint}");
}
