using Cass.Models.Benchmarks;

return args switch
{
    ["passes", .. var rest] => Passes.Run(rest),
    ["modes", .. var rest] => Modes.Run(rest),
    ["load", .. var rest] => Loading.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: passes [--batch 8] [--size 224] [--seconds 10] [--threads 0] [NAME...]
               modes [--batch 16] [--size 224] [--rounds 5] [--threads 0] [NAME...]
               load [--repeat 5] [NAME]
        """);
    return 2;
}
