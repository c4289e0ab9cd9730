using System.CommandLine;
using System.Globalization;
using Cass;
using Cass.Methods.Benchmarks;
using Cass.Models;
using Cass.Training;

var methods = new Option<string[]>("--methods") { Description = $"which; of {string.Join(", ", MethodFactory.All.Keys)}", DefaultValueFactory = _ => [.. MethodFactory.All.Keys], AllowMultipleArgumentsPerToken = true };
var network = new Option<string>("--network") { Description = "timm's name of the network of methods that train one", DefaultValueFactory = _ => "resnet18" };
var size = new Option<int>("--size") { Description = "side of a full view in pixels", DefaultValueFactory = _ => 64 };
var batch = new Option<int>("--batch") { Description = "images in a batch", DefaultValueFactory = _ => 16 };
var rounds = new Option<int>("--rounds") { Description = "turns of what is compared", DefaultValueFactory = _ => 3 };
var steps = new Option<int>("--steps") { Description = "steps in a turn", DefaultValueFactory = _ => 10 };
var root = new RootCommand("What a step of each method costs: its passes, the whole step in a Pretrainer, and a supervised pass of the same networks. Medians in ms, on the CPU.") { methods, network, size, batch, rounds, steps };
root.SetAction(given =>
{
    TorchBackend.EnsureLoaded();
    Console.WriteLine("| method | passes | step | step / passes | supervised passes | passes / supervised |");
    Console.WriteLine("|---|---|---|---|---|---|");
    foreach (var name in given.GetValue(methods)!)
    {
        if (!MethodFactory.All.TryGetValue(name, out var create))
        {
            Console.Error.WriteLine($"There is no method '{name}'; there are {string.Join(", ", MethodFactory.All.Keys)}.");
            return 2;
        }

        using var made = create(given.GetValue(network)!, given.GetValue(size));
        var cost = MethodCost.Measure(made.Method, made.Networks, given.GetValue(size), given.GetValue(batch), given.GetValue(rounds), given.GetValue(steps));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {cost.Passes:0.0} | {cost.Step:0.0} | {cost.Step / cost.Passes:0.00} | {cost.Supervised:0.0} | {cost.Passes / cost.Supervised:0.00} |"));
    }

    return 0;
});
return root.Parse(args).Invoke();
