using System.Globalization;
using Cass.Load.Benchmarks;
using PredictionService;

const string Usage = """
    usage: requests [NETWORK] [SIZE] [CLIENTS] [REQUESTS] [TorchSharp|OnnxRuntime] [--Serving:NAME VALUE...]
                                                                                     samples/PredictionService under load, in a process of its own
           reloads [NETWORK] [SIZE] [RELOADS]                                        what a service keeps after many reloads
           bits [NETWORK...]                                                         images alone beside the same images in batches
           batches [NETWORK] [SIZE]                                                  what an image costs in batches of different sizes
           decoding [MEGAPIXELS]                                                     a large JPEG decoded whole and to a part of its size
    """;

switch (args)
{
    case ["requests", ..]:
        await RequestsCommand.RunAsync(Text(1, "resnet18"), Number(2, 224), Number(3, 32), Number(4, 10_000), Enum.Parse<Engine>(Text(5, nameof(Engine.TorchSharp))), [.. args.Skip(6)]);
        return 0;
    case ["reloads", ..]:
        await ReloadsCommand.RunAsync(Text(1, "resnet18"), Number(2, 224), Number(3, 100));
        return 0;
    case ["bits", ..]:
        BitsCommand.Run(args.Length > 1 ? args[1..] : ["resnet18", "resnet50", "vit_tiny_patch16_224"]);
        return 0;
    case ["batches", ..]:
        BatchesCommand.Run(Text(1, "resnet18"), Number(2, 224));
        return 0;
    case ["decoding", ..]:
        DecodingCommand.Run(Number(1, 24));
        return 0;
    case ["serve", .. var service]:
        return await ServiceProgram.RunAsync(service, Console.Error);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

string Text(int position, string otherwise) => args.ElementAtOrDefault(position) ?? otherwise;

int Number(int position, int otherwise) => position < args.Length ? int.Parse(args[position], CultureInfo.InvariantCulture) : otherwise;
