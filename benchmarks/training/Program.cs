using System.CommandLine;
using Cass;
using Cass.Training.Benchmarks;
using Cass.Training.Benchmarks.Plain;

var rounds = new Option<int>("--rounds") { Description = "ten steps each", DefaultValueFactory = _ => 5 };
var profiled = new WorkloadOptions();
var profile = new Command("profile", "Prints where the time of pretraining goes, of steps or, with --folder, of epochs, beside what the machine could do at best.") { rounds };
profiled.AddTo(profile);
profile.SetAction(given =>
{
    var workload = profiled.Read(given);
    var steps = 10 * WorkloadOptions.AtLeast(given, rounds, 1);
    if (workload.Folder is null)
    {
        StepProfile.Print(workload, steps);
    }
    else
    {
        EpochProfile.Print(workload);
    }

    return 0;
});

var contender = new Argument<string>("contender");
var work = new Option<Work>("--work");
var worked = new WorkloadOptions();
var worker = new Command("worker", "Does what standard input says; started by compare.") { contender, work };
worker.Hidden = true;
worked.AddTo(worker);
worker.SetAction(given =>
{
    Action<Workload, Work> run = string.Equals(given.GetValue(contender), "plain", StringComparison.Ordinal) ? PlainWorker.Run : CassWorker.Run;
    run(worked.Read(given, repeats: true), given.GetValue(work));
    return 0;
});

var root = new RootCommand("Speed of training: this library, plain TorchSharp and PyTorch.") { new CompareCommand(), profile, new GrowthCommand(), worker };
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (CassInputException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 2;
}
