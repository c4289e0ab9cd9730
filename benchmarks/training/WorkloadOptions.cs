using System.CommandLine;
using Cass.Data;
using Cass.Models;

namespace Cass.Training.Benchmarks;

/// <summary>The options that say what is trained.</summary>
internal sealed class WorkloadOptions
{
    private const int PatchSize = 16;

    private readonly Option<string> cnn = new("--cnn") { Description = "the CNN, by its name in timm", DefaultValueFactory = _ => "resnet18" };
    private readonly Option<string> transformer = new("--transformer") { Description = "the vision transformer, by its name in timm", DefaultValueFactory = _ => "vit_tiny_patch16_224" };
    private readonly Option<int> size = new("--size") { Description = "height and width of images in pixels", DefaultValueFactory = _ => 64 };
    private readonly Option<int> batch = new("--batch") { Description = "images of a step", DefaultValueFactory = _ => 16 };
    private readonly Option<int> threads = new("--threads") { Description = "threads that each contender computes with", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly Option<string> device = new("--device") { Description = "cpu or cuda", DefaultValueFactory = _ => "cpu" };
    private readonly Option<NumericPrecision> precision = new("--precision") { Description = "what is computed in" };
    private readonly Option<string?> folder = new("--folder") { Description = "a folder per class of real images, for epochs" };
    private readonly Option<int> images = new("--images") { Description = "how many of them are used; 0 for all", DefaultValueFactory = _ => 960 };
    private readonly Option<bool> apart = new("--apart") { Description = "this library's networks one after the other, where they would compute at the same time; for profile and worker" };

    public void AddTo(Command command)
    {
        Option[] options = [cnn, transformer, size, batch, threads, device, precision, folder, images, apart];
        Array.ForEach(options, command.Add);
    }

    /// <summary>What was asked for; the number of images is that of those used.</summary>
    /// <param name="given">The command line.</param>
    /// <param name="repeats">Whether images are taken again where more are asked for than the folder has.</param>
    /// <exception cref="CassInputException">A value is out of its range, or a network or folder does not exist.</exception>
    public Workload Read(ParseResult given, bool repeats = false)
    {
        var workload = new Workload(
            Network(given, cnn),
            Network(given, transformer),
            AtLeast(given, size, 1),
            AtLeast(given, batch, 2),
            AtLeast(given, threads, 1) is var count && count <= 1024 ? count : throw new CassInputException($"--threads is at most 1024, not {count}."),
            TrainingDevice.Parse(given.GetValue(device)!).Resolve().ToString(),
            given.GetValue(precision),
            given.GetValue(folder),
            AtLeast(given, images, 0),
            given.GetValue(apart));
        if (workload.Size % PatchSize != 0)
        {
            throw new CassInputException($"--size is {workload.Size}; it must be a multiple of {PatchSize}, the patch size of the vision transformers here.");
        }

        if (workload.Folder is null)
        {
            return workload;
        }

        var inFolder = ImageFolder.Read(workload.Folder).Count;
        return workload with { Images = workload.Images == 0 ? inFolder : repeats ? workload.Images : Math.Min(workload.Images, inFolder) };
    }

    /// <exception cref="CassInputException">The value is less than the least.</exception>
    public static int AtLeast(ParseResult given, Option<int> option, int least) => given.GetValue(option) is var value && value >= least
        ? value
        : throw new CassInputException($"{option.Name} is at least {least}, not {value}.");

    private static string Network(ParseResult given, Option<string> option)
    {
        var name = given.GetValue(option)!;
        _ = BackboneRegistry.Default.Configuration(name);
        return name;
    }
}
