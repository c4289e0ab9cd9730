using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cass.Models;

/// <summary>
/// A backbone as a folder of two files, <c>model.safetensors</c> and <c>config.json</c>, in the layout that timm writes for
/// the Hugging Face hub and reads with <c>timm.create_model("local-dir:FOLDER", pretrained=True)</c>.
/// </summary>
public static class BackboneFolder
{
    /// <summary>The file of the weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The file of the architecture and the expected input.</summary>
    public const string ConfigurationFile = "config.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Saves a backbone. Each file is written atomically, the configuration last.</summary>
    /// <param name="backbone">The network, on any device.</param>
    /// <param name="folder">The folder; it is created where it is missing.</param>
    /// <param name="labels">Names of the classes, in their order; null for none.</param>
    /// <param name="mean">Channel means of the images that it was trained on; null for those of its configuration.</param>
    /// <param name="std">Channel deviations of the images that it was trained on; null for those of its configuration.</param>
    /// <exception cref="ArgumentException">There are not as many labels as classes.</exception>
    /// <exception cref="CassInputException">A weight or a running statistic is NaN or infinite; nothing was written.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Save(Backbone backbone, string folder, IReadOnlyList<string>? labels = null, IReadOnlyList<double>? mean = null, IReadOnlyList<double>? std = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (labels is not null && labels.Count != backbone.NumClasses)
        {
            throw new ArgumentException($"There are {labels.Count} labels for {backbone.NumClasses} classes.", nameof(labels));
        }

        BackboneWeights.Save(backbone, Path.Combine(folder, WeightsFile));
        AtomicFile.WriteText(Path.Combine(folder, ConfigurationFile), Describe(backbone, labels, mean, std).ToJsonString(Json) + "\n");
    }

    /// <summary>Makes the backbone that a folder describes, with its weights, in evaluation mode.</summary>
    /// <param name="folder">A folder that <see cref="Save"/> or timm wrote.</param>
    /// <param name="registry">Where the architecture's name is looked up; <see cref="BackboneRegistry.Default"/> where null.</param>
    /// <returns>The backbone; the caller disposes it.</returns>
    /// <exception cref="UnknownBackboneException">The registry does not have the architecture.</exception>
    /// <exception cref="CassInputException">A file is missing, damaged, or holds NaN or infinite weights or not all of them.</exception>
    public static Backbone Load(string folder, BackboneRegistry? registry = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var path = Path.Combine(folder, ConfigurationFile);
        var description = Parse(path);
        var (architecture, options) = ReadArchitecture(description, path);
        var backbone = Create(registry ?? BackboneRegistry.Default, architecture, options, configuration => Expected(configuration, description["pretrained_cfg"] as JsonObject, path), path);
        try
        {
            var weights = new[] { WeightsFile, "pytorch_model.bin" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
                ?? throw new CassInputException($"The folder '{folder}' has no {WeightsFile}; save the backbone again.");
            var report = BackboneWeights.Load(backbone, weights, new WeightLoadOptions());
            if (report.Missing.Count + report.Dropped.Count > 0)
            {
                throw new WeightMismatchException(report, $"'{weights}' is not the network that '{path}' describes: {report.WithoutLoading()}. Save the backbone again.");
            }

            backbone.eval();
            return backbone;
        }
        catch
        {
            backbone.Dispose();
            throw;
        }
    }

    /// <summary>The class names that a folder's configuration lists.</summary>
    /// <param name="folder">A folder that <see cref="Save"/> or timm wrote.</param>
    /// <returns>The names in the order of the classes; empty where there are none.</returns>
    /// <exception cref="CassInputException">The configuration is missing or damaged.</exception>
    public static IReadOnlyList<string> Labels(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var path = Path.Combine(folder, ConfigurationFile);
        return Parse(path)["label_names"] switch
        {
            JsonArray labels => [.. labels.Select(label => label is JsonValue value && value.TryGetValue(out string? text) ? text : throw Damaged(path, "label_names"))],
            null => [],
            _ => throw Damaged(path, "label_names"),
        };
    }

    private static Backbone Create(BackboneRegistry registry, string architecture, BackboneOptions options, Func<BackboneConfiguration, BackboneConfiguration> change, string path)
    {
        try
        {
            return registry.Create(architecture, options, change);
        }
        catch (UnknownBackboneException unknown)
        {
            throw new UnknownBackboneException(
                unknown.Name,
                unknown.Suggestions,
                $"'{path}' cannot be loaded: {unknown.Message} If it is a network of your own, pass the BackboneRegistry that has it.");
        }
    }

    private static JsonObject Describe(Backbone backbone, IReadOnlyList<string>? labels, IReadOnlyList<double>? mean, IReadOnlyList<double>? std)
    {
        var configuration = backbone.Configuration;
        var arguments = new JsonObject();
        if (configuration.InputChannels != 3)
        {
            arguments["in_chans"] = configuration.InputChannels;
        }

        if (configuration.FixedInputSize || backbone is IWeightLayout { HasImageSize: true })
        {
            arguments["img_size"] = new JsonArray(configuration.InputHeight, configuration.InputWidth);
        }

        if (backbone is IWeightLayout layout)
        {
            foreach (var (name, value) in layout.TimmArguments)
            {
                arguments[name] = value;
            }
        }

        var description = new JsonObject
        {
            ["architecture"] = backbone.ModelName,
            ["num_classes"] = backbone.NumClasses,
            ["num_features"] = backbone.NumFeatures,
            ["model_args"] = arguments,
            ["pretrained_cfg"] = new JsonObject
            {
                ["tag"] = configuration.Tag ?? string.Empty,
                ["custom_load"] = false,
                ["input_size"] = new JsonArray(configuration.InputChannels, configuration.InputHeight, configuration.InputWidth),
                ["fixed_input_size"] = configuration.FixedInputSize,
                ["interpolation"] = configuration.Interpolation,
                ["crop_pct"] = configuration.CropFraction,
                ["crop_mode"] = "center",
                ["mean"] = Numbers(mean ?? configuration.Mean),
                ["std"] = Numbers(std ?? configuration.Std),
                ["num_classes"] = backbone.NumClasses,

                // timm adapts a first convolution that it finds named here from RGB; these weights are adapted already.
                ["first_conv"] = configuration.InputChannels == 3 ? configuration.FirstConvolution : null,
                ["classifier"] = configuration.Classifiers.Count == 1 ? configuration.Classifiers[0] : new JsonArray([.. configuration.Classifiers.Select(c => JsonValue.Create(c))]),
            },
        };
        if (labels is not null)
        {
            description["label_names"] = new JsonArray([.. labels.Select(label => JsonValue.Create(label))]);
        }

        return description;
    }

    private static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(value => JsonValue.Create(value))]);

    private static (string Architecture, BackboneOptions Options) ReadArchitecture(JsonObject configuration, string path)
    {
        if (configuration["architecture"] is not JsonValue named || !named.TryGetValue(out string? architecture))
        {
            throw Damaged(path, "architecture");
        }

        var pretrained = configuration["pretrained_cfg"] as JsonObject;
        var options = new BackboneOptions
        {
            NumClasses = Number(configuration["num_classes"]) ?? Number(pretrained?["num_classes"]),
        };
        foreach (var (name, value) in configuration["model_args"] as JsonObject ?? [])
        {
            switch (name)
            {
                case "in_chans":
                    options.InputChannels = (int)(Number(value) ?? throw Damaged(path, name));
                    break;
                case "img_size" when value is JsonArray { Count: 2 } sides:
                    options.ImageHeight = (int)(Number(sides[0]) ?? throw Damaged(path, name));
                    options.ImageWidth = (int)(Number(sides[1]) ?? throw Damaged(path, name));
                    break;
                case "img_size":
                    options.ImageHeight = options.ImageWidth = (int)(Number(value) ?? throw Damaged(path, name));
                    break;
                case "global_pool":
                    options.GlobalPooling = TimmPooling.Parse(value?.ToString()) ?? throw Damaged(path, name);
                    break;
                case "dynamic_img_size":
                    options.DynamicImageSize |= Flag(value) ?? throw Damaged(path, name);
                    break;

                // timm's name of the same for Swin, the other way round.
                case "strict_img_size":
                    options.DynamicImageSize |= !(Flag(value) ?? throw Damaged(path, name));
                    break;
                case "num_classes":
                    options.NumClasses ??= Number(value);
                    break;
                case "drop_rate" or "drop_path_rate" or "conv_mlp":
                    break;
                default:
                    throw new CassInputException($"'{path}' has the model argument '{name}', which is not known here; build the backbone with BackboneRegistry.Create and load {WeightsFile} with BackboneWeights.Load.");
            }
        }

        return (architecture, options);
    }

    /// <summary>The input that the weights of a description expect.</summary>
    private static BackboneConfiguration Expected(BackboneConfiguration configuration, JsonObject? pretrained, string path)
    {
        if (pretrained is null)
        {
            return configuration;
        }

        return configuration with
        {
            Mean = Statistics("mean") ?? configuration.Mean,
            Std = Statistics("std") ?? configuration.Std,
            CropFraction = pretrained["crop_pct"] is JsonValue crop && crop.TryGetValue(out double fraction) ? fraction : configuration.CropFraction,
            Interpolation = pretrained["interpolation"] is JsonValue filter && filter.TryGetValue(out string? name) ? name : configuration.Interpolation,
            Tag = pretrained["tag"] is JsonValue tag && tag.TryGetValue(out string? text) && text.Length > 0 ? text : null,
        };

        double[]? Statistics(string property) => pretrained[property] switch
        {
            null => null,
            JsonArray values when values.Count == configuration.InputChannels && values.All(v => v is JsonValue n && n.TryGetValue(out double _)) => [.. values.Select(v => v!.GetValue<double>())],
            JsonArray values when values.Count == 3 && configuration.InputChannels != 3 => null,
            _ => throw Damaged(path, property),
        };
    }

    private static long? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private static bool? Flag(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    private static JsonObject Parse(string path)
    {
        const int MaxLength = 16 << 20;
        FileStatus.RequireContent(path);
        if (!File.Exists(path))
        {
            throw new CassInputException($"There is no '{path}'; name a folder that BackboneFolder.Save or timm wrote.");
        }

        try
        {
            return new FileInfo(path).Length <= MaxLength && JsonNode.Parse(File.ReadAllText(path)) is JsonObject configuration ? configuration : throw Damaged(path, "a JSON object");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new WeightFileException(path, $"is not valid JSON: {exception.Message}", exception);
        }
    }

    private static WeightFileException Damaged(string path, string property) =>
        new(path, string.Create(CultureInfo.InvariantCulture, $"has no valid '{property}'; save the backbone again."));
}
