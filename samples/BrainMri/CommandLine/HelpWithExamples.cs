using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace BrainMri.CommandLine;

/// <summary>The usual help, with examples after it.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private const string Examples = """
        Examples (from the repository's root; options follow the two dashes):
          dotnet run -c Release --project samples/BrainMri
              phantoms, small networks: a first look in minutes
          dotnet run -c Release --project samples/BrainMri -- --data BrainMRI/Training --test BrainMRI/Testing
              a folder with one sub-folder per class
          dotnet run -c Release --project samples/BrainMri -- --data scans.csv --label-fraction 0.01
              a manifest with the columns path and target
          dotnet run -c Release --project samples/BrainMri -- --data BrainMRI/Training --cnn resnet50 --vit vit_base_patch16_384
              --image-size 384 --cnn-weights resnet50.safetensors --vit-weights vit_base_patch16_384.safetensors
              --recipe published --pretrain-epochs 100 --finetune-epochs 50
              the published setting; wants a GPU

        Exit codes: 0 done, 2 bad input, 3 failure while running, 130 cancelled by Ctrl+C, 143 by SIGTERM.
        """;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(Examples);
        return code;
    }
}
