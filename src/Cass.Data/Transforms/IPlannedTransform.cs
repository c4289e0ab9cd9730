namespace Cass.Data;

/// <summary>A transform that can say what it would do to an image, drawing the same random numbers as when it does it.</summary>
internal interface IPlannedTransform : IImageTransform
{
    void Plan(ImagePlan plan, Random random);
}
