using Xunit;

namespace Cass.Tests.Training.SideBySide;

/// <summary>Tests that change how many threads libtorch computes with, which holds for the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SideBySideCollection
{
    public const string Name = "Side by side";
}
