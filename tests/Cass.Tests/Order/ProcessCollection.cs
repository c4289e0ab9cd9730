using Xunit;

namespace Cass.Tests.Order;

/// <summary>Tests that wait for processes of their own. They run beside the others, and use nothing of libtorch in this process.</summary>
[CollectionDefinition(Name)]
public sealed class ProcessCollection
{
    public const string Name = "Processes";
}
