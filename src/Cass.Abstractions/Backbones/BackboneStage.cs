namespace Cass;

/// <summary>
/// A group of parameters that lie equally deep in a network, for freezing and for layer-wise learning rates.
/// </summary>
/// <param name="Name">The group's name, such as <c>stem</c>, <c>layer3</c> or <c>blocks.7</c>.</param>
/// <param name="ParameterNames">State-dict names of its parameters, in state-dict order.</param>
public sealed record BackboneStage(string Name, IReadOnlyList<string> ParameterNames);
