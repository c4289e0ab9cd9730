using Xunit;

namespace Cass.Tests.Models;

/// <summary>Comparisons of networks that use no random numbers of the process, and so run beside the training of others.</summary>
[CollectionDefinition(Name)]
public sealed class ModelCollection
{
    public const string Name = "Models";
}
