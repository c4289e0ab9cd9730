namespace Cass.Tests.Layers;

/// <summary>Uses <see cref="CycleLower"/> in a body alone.</summary>
internal sealed class CycleUpper
{
    public override string ToString() => string.Concat(new List<CycleLower>());
}
