namespace Cass.Tests.Layers;

/// <summary>Uses <see cref="CycleUpper"/> in a lambda within a body.</summary>
internal sealed class CycleLower
{
    public Func<object> Make { get; } = () => new CycleUpper();
}
