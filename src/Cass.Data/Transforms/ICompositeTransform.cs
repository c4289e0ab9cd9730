namespace Cass.Data;

/// <summary>A transform made of others.</summary>
internal interface ICompositeTransform : IImageTransform
{
    IReadOnlyList<IImageTransform> Steps { get; }
}
