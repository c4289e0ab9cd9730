using System.CommandLine;
using System.CommandLine.Invocation;
using Cass;

namespace BrainMri.CommandLine;

/// <summary>Prints what this machine computes with, in place of a run.</summary>
internal sealed class MachineDescription : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(TorchBackend.Describe());
        return 0;
    }
}
