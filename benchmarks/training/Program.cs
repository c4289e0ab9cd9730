using System.CommandLine;
using Cass;
using Cass.Training;
using Cass.Training.Benchmarks;
using Cass.Training.Benchmarks.Plain;

var cnn = new Option<string>("--cnn") { DefaultValueFactory = _ => "resnet18" };
var transformer = new Option<string>("--transformer") { DefaultValueFactory = _ => "vit_tiny_patch16_224" };
var size = new Option<int>("--size") { DefaultValueFactory = _ => 64 };
var batch = new Option<int>("--batch") { DefaultValueFactory = _ => 16 };
var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount };
var device = new Option<string>("--device") { Description = "cpu or cuda", DefaultValueFactory = _ => "cpu" };
var precision = new Option<NumericPrecision>("--precision");
var folder = new Option<string?>("--folder") { Description = "a folder per class of real images, for epochs" };
var images = new Option<int>("--images") { Description = "so many of them; 0 for all", DefaultValueFactory = _ => 960 };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
var python = new Option<string?>("--python") { Description = "an interpreter that has torch and torchvision" };
var what = new Option<string[]>("--what")
{
    Description = "what is measured",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => ["steps", "optimizer", "start", "epochs"],
};
var custom = new Option<bool>("--only") { Description = "only the networks of --cnn and --transformer, not the standard pairs" };
var work = new Option<Work>("--work");
var contender = new Argument<string>("contender");

Option[] workloadOptions = [cnn, transformer, size, batch, threads, device, precision, folder, images];
Workload Read(ParseResult r) => new(r.GetValue(cnn)!, r.GetValue(transformer)!, r.GetValue(size), r.GetValue(batch), r.GetValue(threads), r.GetValue(device)!, r.GetValue(precision), r.GetValue(folder), r.GetValue(images));

var compare = new Command("compare", "Measures this library, plain TorchSharp and PyTorch side by side, and prints a table of ratios.");
foreach (var option in workloadOptions.Concat([rounds, python, what, custom]))
{
    compare.Add(option);
}

compare.SetAction(r =>
{
    var given = Read(r);
    var small = given with { Folder = null };
    var large = small with { Cnn = "resnet50", Transformer = "vit_small_patch16_224", Size = 96 };
    List<Contender> contenders = [Contenders.Cass];
    if (given.Precision == NumericPrecision.Float32)
    {
        contenders.Insert(0, Contenders.Plain);
    }

    if (Contenders.Python(r.GetValue(python), given.Device) is { } peer)
    {
        contenders.Insert(0, peer);
    }
    else
    {
        Console.Error.WriteLine("There is no Python with torch and torchvision; it is left out. On Debian: apt install python3-torchvision libopenblas0-pthread");
    }

    var comparison = new Comparison(contenders, r.GetValue(rounds));
    comparison.PrintHead();
    var wanted = r.GetValue(what)!;
    var standard = !r.GetValue(custom);
    if (wanted.Contains("steps"))
    {
        comparison.Steps(small, 10);
        if (standard)
        {
            comparison.Steps(large, 2);
        }
    }

    if (wanted.Contains("optimizer"))
    {
        comparison.Optimizers(small, 10);
        if (standard)
        {
            comparison.Optimizers(large, 5);
        }
    }

    if (wanted.Contains("start"))
    {
        comparison.Starts(small);
    }

    if (wanted.Contains("epochs") && given.Folder is not null)
    {
        comparison.Epochs(given, 3);
    }

    return 0;
});

var profile = new Command("profile", "Prints where the time of pretraining steps goes, beside what the machine could do at best.");
foreach (var option in workloadOptions.Append(rounds))
{
    profile.Add(option);
}

profile.SetAction(r =>
{
    StepProfile.Print(Read(r), 10 * r.GetValue(rounds));
    return 0;
});

var worker = new Command("worker", "Does what standard input says; started by compare.") { Hidden = true };
worker.Add(contender);
foreach (var option in workloadOptions.Append(work))
{
    worker.Add(option);
}

worker.SetAction(r =>
{
    if (string.Equals(r.GetValue(contender), "plain", StringComparison.Ordinal))
    {
        PlainWorker.Run(Read(r), r.GetValue(work));
    }
    else
    {
        CassWorker.Run(Read(r), r.GetValue(work));
    }

    return 0;
});

var root = new RootCommand("Speed of training: this library, plain TorchSharp and PyTorch.") { compare, profile, worker };
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (CassInputException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 2;
}
