using Cass.Data.Benchmarks;

return args switch
{
    ["throughput", var folder, .. var rest] => Throughput.Run(folder, rest),
    ["stages", var folder, .. var rest] => Stages.Run(folder, rest),
    ["manifest", .. var rest] => ManifestScale.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: throughput FOLDER [--size 384] [--workers 2] [--epochs 2] [--cache BYTES] [--limit IMAGES] [--fresh-memory] [--on-device]
               stages FOLDER [--size 384] [--limit IMAGES]
               manifest [--rows 1000000]
        """);
    return 2;
}
