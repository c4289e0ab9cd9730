using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text;
using Cass;
using Cass.Training;

namespace BrainMri.CommandLine;

/// <summary>The sample's options, and how they are read.</summary>
internal sealed class BrainMriCommand
{
    private readonly Option<string?> data = Optional("--data", "DIR_OR_CSV", "Images: a folder with one sub-folder per class, or a CSV with the columns path and target. Without it, phantoms are drawn.");
    private readonly Option<string?> test = Optional("--test", "DIR_OR_CSV", "Test images in the same form. Without it, half of the held-back fifth of the images.");
    private readonly Option<SplitMethod> split = Choice("--split", SplitMethod.Auto, "How images are held back: clusters keeps near-duplicates on one side, images draws each alone, as published; auto is clusters where the images allow it.");
    private readonly Option<int> nearDistance = Number("--near-distance", 4, minimum: 0, "Near-duplicates: bits, of 64, that the perceptual hashes of two images may differ in.", maximum: 15);
    private readonly Option<bool> excludeDuplicates = new("--exclude-duplicates") { Description = "Leave out test images that equal or resemble a training or validation image, validation images that do a training image, and copies within each." };
    private readonly Option<Encoding?> encoding = new("--encoding")
    {
        Description = "What a CSV of --data or --test is written in, such as latin1, windows-1252 or shift_jis. [default: UTF-8, or what its byte-order mark says]",
        HelpName = "NAME",
        CustomParser = Parsers.EncodingOf,
    };

    private readonly Option<int> phantoms = Number("--phantoms", Defaults.Phantoms, minimum: 40, "How many phantoms to draw, where there is no --data.");
    private readonly Option<string?> savePhantoms = Optional("--save-phantoms", "DIR", "Write the phantoms to a folder per class, as PNG, to look at.");
    private readonly Option<string> cnn = Text("--cnn", "NAME", "resnet18", "Convolutional network, by its timm name.");
    private readonly Option<string> vit = Text("--vit", "NAME", "vit_tiny_patch16_224", "Vision transformer, by its timm name.", "--transformer");
    private readonly Option<string?> cnnWeights = Optional("--cnn-weights", "FILE", "Weights to start the CNN from: safetensors, .pth, or hf:owner/name. Without it, random weights.");
    private readonly Option<string?> vitWeights = Optional("--vit-weights", "FILE", "Weights to start the transformer from: safetensors, .pth, or hf:owner/name. Without it, random weights.");
    private readonly Option<int> imageSize = Number("--image-size", 64, minimum: 8, "Height and width in pixels that images are resized to; a multiple of the transformer's patch size.", maximum: 16_384);
    private readonly Option<string> recipe = Text("--recipe", "NAME", "recommended", "Settings that these options come on top of: recommended, published, notebook-faithful or authors-release.");
    private readonly Option<int> pretrainEpochs = Number("--pretrain-epochs", Defaults.PretrainEpochs, minimum: 0, "Epochs of pretraining on unlabelled images; 0 for none.");
    private readonly Option<int?> fineTuneEpochs;
    private readonly Option<int?> batchSize;
    private readonly Option<double?> labelFraction = new("--label-fraction")
    {
        Description = $"Share of the training labels that fine-tuning sees, above 0 and up to 1. [default: {Defaults.LabelFraction} of --data, {Defaults.PhantomLabelFraction} of phantoms]",
        HelpName = "SHARE",
        CustomParser = result => Parsers.Share(result),
    };

    private readonly Option<FineTuningLoss?> loss = new("--loss")
    {
        Description = "Loss of fine-tuning: focal (each label on its own), softmax-focal or cross-entropy (exactly one label an image). [default: the recipe's, which is focal]",
        HelpName = "NAME",
        CustomParser = result => Parsers.NameOf<FineTuningLoss>(result),
    };

    private readonly Option<long> seed = new("--seed")
    {
        Description = $"Seed of splits, initial weights, order and augmentation, from 0 to {uint.MaxValue}.",
        HelpName = "N",
        DefaultValueFactory = _ => 77,
        CustomParser = Parsers.WholeNumber<long>(uint.MinValue, uint.MaxValue),
    };

    private readonly Option<string> device = Text("--device", "DEVICE", "auto", "auto, cpu, cuda or cuda:N.");
    private readonly Option<NumericPrecision> precision = Choice("--precision", NumericPrecision.Float32, "Numbers to train with: float32, bfloat16, tensorfloat32 (NVIDIA), float64, or auto, which measures whether bfloat16 is faster.");
    private readonly Option<int?> threads;
    private readonly Option<int> workers = Number("--workers", 0, minimum: 0, "Threads that decode and augment; 0 for one per processor that the process may use.");
    private readonly Option<string> output = Text("--output", "DIR", "runs/brain-mri", "Folder for weights, results.json and results.png.", "-o");
    private readonly Option<bool> restart = new("--restart") { Description = "Drop an unfinished run in the output folder, and begin again. Without it, the run goes on where it stopped." };
    private readonly Option<bool> profile = new("--profile") { Description = "Print where the time of training went; on a GPU this slows it down." };
    private readonly Option<bool> describe = new("--describe")
    {
        Description = "Print what this machine computes with, for a bug report, and end.",
        Arity = ArgumentArity.Zero,
        Action = new MachineDescription(),
    };

    private readonly RootCommand root;

    public BrainMriCommand(Action<RunSettings> run)
    {
        fineTuneEpochs = OptionalNumber(
            "--finetune-epochs",
            minimum: 1,
            $"Epochs of fine-tuning, of each network. [default: {Defaults.FineTuneEpochs} of --data, {Defaults.PhantomFineTuneEpochs} of phantoms]");
        batchSize = OptionalNumber("--batch-size", minimum: 2, "Images of a step, in both phases. [default: the recipe's, such as 64 and 16]");
        threads = OptionalNumber("--threads", minimum: 1, "Processor threads that the networks compute with. [default: as many as the process may use]");
        root = new RootCommand("CASS on brain MRI: pretrains a CNN and a vision transformer together on unlabelled images, fine-tunes each on a few labels, and scores both.")
        {
            data, test, encoding, split, nearDistance, excludeDuplicates, phantoms, savePhantoms,
            cnn, vit, cnnWeights, vitWeights, imageSize,
            recipe, pretrainEpochs, fineTuneEpochs, batchSize, labelFraction, loss,
            seed, device, precision, threads, workers, output, restart, profile, describe,
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.SetAction(result => run(SettingsOf(result)));
    }

    /// <summary>Reads the arguments and runs what they ask for: the action, help or version.</summary>
    /// <exception cref="CassInputException">An argument cannot be used; the message names it.</exception>
    public int Invoke(IReadOnlyList<string> arguments)
    {
        var result = root.Parse(arguments, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 && result.Action is not (HelpWithExamples or { ClearsParseErrors: true }))
        {
            // A value that an option refused is worth more than what it left over.
            var refused = result.Errors.FirstOrDefault(error => error.SymbolResult is not CommandResult);
            throw new CassInputException(refused?.Message ?? (result.UnmatchedTokens.Count > 0 ? UnknownArgument(result.UnmatchedTokens[0]) : result.Errors[0].Message));
        }

        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private string UnknownArgument(string token)
    {
        var names = root.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.StartsWith("--", StringComparison.Ordinal));
        var suggestion = NearestNames.Suggest(token, names);
        return suggestion.Length > 0 ? $"Unknown argument '{token}'{suggestion}" : $"Unknown argument '{token}'; --help lists the options.";
    }

    private RunSettings SettingsOf(ParseResult result)
    {
        var settings = new RunSettings
        {
            Data = result.GetValue(data),
            Test = result.GetValue(test),
            Split = result.GetValue(split),
            NearDistance = result.GetValue(nearDistance),
            ExcludeDuplicates = result.GetValue(excludeDuplicates),
            Encoding = result.GetValue(encoding),
            Phantoms = result.GetValue(phantoms),
            SavePhantoms = result.GetValue(savePhantoms),
            Cnn = result.GetValue(cnn)!,
            Transformer = result.GetValue(vit)!,
            CnnWeights = result.GetValue(cnnWeights),
            TransformerWeights = result.GetValue(vitWeights),
            ImageSize = result.GetValue(imageSize),
            Recipe = result.GetValue(recipe)!,
            PretrainEpochs = result.GetValue(pretrainEpochs),
            FineTuneEpochs = result.GetValue(fineTuneEpochs) ?? (result.GetValue(data) is null ? Defaults.PhantomFineTuneEpochs : Defaults.FineTuneEpochs),
            BatchSize = result.GetValue(batchSize),
            LabelFraction = result.GetValue(labelFraction) ?? (result.GetValue(data) is null ? Defaults.PhantomLabelFraction : Defaults.LabelFraction),
            Loss = result.GetValue(loss),
            Seed = result.GetValue(seed),
            Device = result.GetValue(device)!,
            Precision = result.GetValue(precision),
            Threads = result.GetValue(threads),
            Workers = result.GetValue(workers),
            Output = result.GetValue(output)!,
            Restart = result.GetValue(restart),
            Profile = result.GetValue(profile),
        };
        if (settings.Data is null && settings.Test is not null)
        {
            throw new CassInputException($"--test '{settings.Test}' needs --data: without it, phantoms are trained on and tested on.");
        }

        if (settings.Data is not null && settings.SavePhantoms is not null)
        {
            throw new CassInputException("--save-phantoms and --data exclude each other: phantoms are drawn only where there is no data.");
        }

        return settings;
    }

    private static Option<T> Choice<T>(string name, T value, string description)
        where T : struct, Enum => new(name)
        {
            Description = description,
            HelpName = "NAME",
            DefaultValueFactory = _ => value,
            CustomParser = Parsers.NameOf<T>,
        };

    private static Option<int> Number(string name, int value, int minimum, string description, int maximum = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = Parsers.WholeNumber(minimum, maximum),
    };

    private static Option<int?> OptionalNumber(string name, int minimum, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parsers.WholeNumber(minimum, int.MaxValue)(result),
    };

    private static Option<string> Text(string name, string helpName, string value, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => value,
        CustomParser = Parsers.Text,
    };

    private static Option<string?> Optional(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = Parsers.Text,
    };
}
