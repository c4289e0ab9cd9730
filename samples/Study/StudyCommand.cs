using System.CommandLine;
using System.Globalization;
using Cass;
using Study.BreastMnist;
using Study.Cells;
using Study.Grids;
using Study.Images;
using Study.Results;
using Study.Running;
using Study.Tables;

namespace Study;

/// <summary>The program's commands.</summary>
internal sealed class StudyCommand
{
    private const string SharedImages = "../shared/data/brain-mri/Training";
    private const string SharedBreastMnist = "../shared/data/breastmnist";
    private const string SharedWeights = "../shared/weights/resnet20_imagenet.safetensors";

    private readonly Option<string?> data = ExistingPath("--data", "DIR", $"Images, a folder for each class. [default: {SharedImages} where it is there, else phantoms]");
    private readonly Option<string?> test = ExistingPath("--test", "DIR", "The collection's own test images, a folder for each class; without it, the held-out images alone are scored.");
    private readonly Option<string?> cnnWeights = ExistingPath("--cnn-weights", "FILE", $"Weights of a network `resnet20` for cells that start from ImageNet. [default: {SharedWeights} where it is there]");
    private readonly Option<string?> output = new("--output", "-o") { HelpName = "DIR", Description = "The study's folder. [default: runs/ and the grid's name]" };
    private readonly Option<string[]> blocks = new("--blocks") { HelpName = "NAMES", Description = "Blocks of the grid to measure; all without it.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int> processes = new("--processes") { HelpName = "N", Description = "Cells measured at a time. Seconds are comparable only where it is 1.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> threads = new("--threads") { HelpName = "N", Description = "Threads of each cell's process.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly Option<string> shard = new("--shard") { HelpName = "PART/PARTS", Description = "Measure every PARTS-th cell, from the PART-th: for a study that is spread over machines.", DefaultValueFactory = _ => "1/1" };
    private readonly Option<long[]> seeds = new("--seeds") { HelpName = "N", Description = "Seeds, one run each.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 3, 4, 5] };
    private readonly Option<int> pretrainingEpochs = new("--pretraining-epochs") { HelpName = "N", Description = "Epochs of CASS on the training images before; 0 for none.", DefaultValueFactory = _ => 0 };
    private readonly Option<int> epochs = new("--epochs") { HelpName = "N", Description = "Epochs of supervised training.", DefaultValueFactory = _ => 100 };
    private readonly Option<bool> attended = new(CellProcess.AttendedOption);
    private readonly TextWriter console;
    private readonly RootCommand root;

    public StudyCommand(TextWriter console)
    {
        this.console = console;
        var grid = new Argument<string>("GRID") { Description = "A JSON file, or the name of a grid that comes with the program: quick, study, time." };
        var other = new Argument<string[]>("FROM") { Description = "Folders of studies, or files of results (.jsonl).", Arity = ArgumentArity.OneOrMore };
        var id = new Argument<string>("ID");
        var cell = new Command("cell", "Measures one cell. The other commands start it.") { id, output, cnnWeights, attended };
        cell.Hidden = true;
        cell.SetAction(result => Cell(result, result.GetValue(id)!));
        var plan = new Command("plan", "Lists the cells of a grid, and what is known of them.") { grid, output, blocks };
        plan.SetAction(result => Plan(StudyGrid.Read(result.GetValue(grid)!), result));
        var tables = new Command("tables", "Writes tables and figures of what has been measured, and measures nothing.") { grid, output };
        tables.SetAction(result => Tables(StudyGrid.Read(result.GetValue(grid)!), result));
        var merge = new Command("merge", "Brings results that were measured elsewhere into a study's folder.") { other, output };
        merge.SetAction(result => Merge(result.GetValue(other)!, result));
        var breastMnist = new Command("breastmnist", "MedMNIST's own experiment on BreastMNIST, beside its published figures.") { data, output, seeds, pretrainingEpochs, epochs };
        breastMnist.SetAction((result, cancellationToken) => Task.Run(() => BreastMnist(result, cancellationToken), cancellationToken));
        root = new RootCommand("The study: CASS beside other methods, on real images. docs/study-protocol.md says how, docs/study.md what came out.")
        {
            Measuring("quick", "A small grid, which shows in a few minutes on two cores how the study works; it proves nothing.", _ => StudyGrid.Read("quick")),
            Measuring("report", "The whole grid, then its tables and figures. It takes days; what is measured stays, so stop it at any time.", _ => StudyGrid.Read("study")),
            Measuring("run", "A grid of your own.", result => StudyGrid.Read(result.GetValue(grid)!), grid),
            plan,
            tables,
            merge,
            breastMnist,
            cell,
        };
    }

    public Task<int> Invoke(string[] arguments, CancellationToken cancellationToken) => root.Parse(arguments).InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
        cancellationToken);

    private static Option<string?> ExistingPath(string name, string help, string description)
    {
        var option = new Option<string?>(name) { HelpName = help, Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Path.Exists(token.Value))
            {
                result.AddError($"{name}: '{token.Value}' is not there.");
            }
        });
        return option;
    }

    private Command Measuring(string name, string description, Func<ParseResult, StudyGrid> read, params Argument[] arguments)
    {
        var command = new Command(name, description) { data, test, cnnWeights, output, blocks, processes, threads, shard };
        foreach (var argument in arguments)
        {
            command.Add(argument);
        }

        command.SetAction(async (result, cancellationToken) =>
        {
            var grid = Chosen(read(result), result);
            var failed = await new StudyRun(grid, SettingsOf(grid, result), console).Run(cancellationToken);
            Tables(grid, result);
            return failed == 0 ? 0 : 1;
        });
        return command;
    }

    private StudySettings SettingsOf(StudyGrid grid, ParseResult result)
    {
        var folder = result.GetValue(data) ?? (Directory.Exists(SharedImages) ? SharedImages : null);
        var weights = result.GetValue(cnnWeights) ?? (File.Exists(SharedWeights) ? SharedWeights : null);
        return new StudySettings(
            FolderOf(grid, result),
            new ImageSource(folder is null ? null : Path.GetFullPath(folder), result.GetValue(test) is { } own ? Path.GetFullPath(own) : null, grid.Images),
            weights is null ? null : Path.GetFullPath(weights),
            AtLeastOne(processes, result),
            AtLeastOne(threads, result),
            ShardOf(result.GetValue(shard)!));
    }

    private StudyGrid Chosen(StudyGrid grid, ParseResult result)
    {
        if (result.GetValue(blocks) is not { Length: > 0 } names)
        {
            return grid;
        }

        foreach (var name in names.Except(grid.Blocks.Select(block => block.Name), StringComparer.Ordinal))
        {
            throw new CassInputException($"Grid '{grid.Name}' has no block '{name}'{NearestNames.Suggest(name, grid.Blocks.Select(block => block.Name), otherwise: ".")}");
        }

        return grid with { Blocks = [.. grid.Blocks.Where(block => names.Contains(block.Name, StringComparer.Ordinal))] };
    }

    private string FolderOf(StudyGrid grid, ParseResult result) => result.GetValue(output) ?? Path.Combine("runs", grid.Name);

    private static int AtLeastOne(Option<int> option, ParseResult result) => result.GetValue(option) is > 0 and var value
        ? value
        : throw new CassInputException($"{option.Name} is {result.GetValue(option)}; it must be at least 1.");

    private static (int Part, int Parts) ShardOf(string text) => text.Split('/') is [var part, var parts]
        && int.TryParse(part, CultureInfo.InvariantCulture, out var number)
        && int.TryParse(parts, CultureInfo.InvariantCulture, out var of)
        && number >= 1 && number <= of
        ? (number, of)
        : throw new CassInputException($"--shard is '{text}'; it is such as 1/3, the first of three parts.");

    private void Plan(StudyGrid grid, ParseResult result)
    {
        grid = Chosen(grid, result);
        var folder = new StudyFolder(FolderOf(grid, result));
        foreach (var (id, cell, block) in grid.Cells())
        {
            var state = folder.IsFinished(id) ? "measured" : File.Exists(folder.Failure(id)) ? "failed" : "to do";
            console.WriteLine($"{state,-8} {block.Name}: {cell}");
        }
    }

    private void Cell(ParseResult result, string id)
    {
        if (result.GetValue(attended))
        {
            EndWithStarter();
        }

        var folder = new StudyFolder(result.GetValue(output)!);
        var cell = StudyJson.Read<Cell>(folder.Settings(id));
        TorchBackend.EnsureLoaded();
        foreach (var remark in TorchBackend.Remarks)
        {
            console.WriteLine(remark);
        }

        var images = StudyJson.Read<ImageParts>(folder.Parts).Load();
        new CellRun(folder, id, cell, images, result.GetValue(cnnWeights), new ProgressLines(console)).Run();
    }

    /// <summary>Ends this process when the one that started it is gone, even where it was killed.</summary>
    private static void EndWithStarter() => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }

        Environment.Exit(1);
    })
    { IsBackground = true }.Start();

    private void Tables(StudyGrid grid, ParseResult result)
    {
        var folder = new StudyFolder(FolderOf(grid, result));
        StudyReport.Write(grid, folder, ResultSet.Read(folder));
        console.WriteLine($"Tables and figures are in '{folder.Report}'.");
    }

    private void BreastMnist(ParseResult result, CancellationToken cancellationToken)
    {
        var folder = result.GetValue(data) ?? (Directory.Exists(SharedBreastMnist) ? SharedBreastMnist : throw new CassInputException("breastmnist needs --data, a folder with train, val and test, each with a folder for each class."));
        if (result.GetValue(pretrainingEpochs) < 0)
        {
            throw new CassInputException($"{pretrainingEpochs.Name} is {result.GetValue(pretrainingEpochs)}; it must be at least 0.");
        }

        var settings = new BreastMnistSettings(
            folder,
            result.GetValue(output) ?? Path.Combine("runs", "breastmnist"),
            result.GetValue(seeds)!,
            result.GetValue(pretrainingEpochs),
            AtLeastOne(epochs, result));
        new BreastMnistRun(settings, console, new ProgressLines(console)).Run(cancellationToken);
    }

    private void Merge(string[] sources, ParseResult result)
    {
        var folder = new StudyFolder(result.GetValue(output) ?? throw new CassInputException("merge needs --output, the folder that the results are brought into."));
        foreach (var source in sources)
        {
            console.WriteLine($"{ResultSet.Bring(folder, source)} results of '{source}' are new.");
        }
    }
}
