using System.Globalization;
using Cass.Serving.Benchmarks;

const string Usage = """
    usage: memory [NETWORK] [PREDICTIONS]       how soon a saved classifier answers, how fast it goes on, and what it keeps
           compare [ROUNDS] [SECONDS] [NETWORK...]   TorchSharp beside ONNX Runtime and PyTorch
    """;

switch (args)
{
    case ["memory", ..]:
        MemoryCommand.Run(args.ElementAtOrDefault(1) ?? "resnet18", Number(2, 10_000));
        return 0;
    case ["compare", ..]:
        CompareCommand.Run(args.Length > 3 ? args[3..] : ["resnet18", "resnet50", "vit_tiny_patch16_224", "vit_base_patch16_224"], Number(1, 3), Number(2, 10));
        return 0;
    case ["measure", var engine, var path, _]:
        MeasureCommand.Run(Enum.Parse<Engine>(engine), path, Number(3, 0));
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

int Number(int position, int otherwise) => position < args.Length ? int.Parse(args[position], CultureInfo.InvariantCulture) : otherwise;
