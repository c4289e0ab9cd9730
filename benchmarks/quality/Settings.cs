using System.Globalization;

namespace Cass.Quality.Benchmarks;

/// <summary>What is compared, and on what.</summary>
internal sealed record Settings(
    IReadOnlyList<PretrainingMethod> Methods,
    IReadOnlyList<int> Seeds,
    int Epochs,
    int FineTuneEpochs,
    double LabelFraction,
    int Size,
    string Cnn,
    string Transformer,
    string Results)
{
    public static Settings Parse(string[] arguments)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--methods"] = "none,recommended",
            ["--seeds"] = "1,2,3",
            ["--epochs"] = "10",
            ["--finetune-epochs"] = "15",
            ["--label-fraction"] = "0.1",
            ["--size"] = "64",
            ["--cnn"] = "resnet18",
            ["--vit"] = "vit_tiny_patch16_224",
            ["--results"] = "quality.csv",
        };
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (!options.ContainsKey(arguments[i]) || i + 1 == arguments.Length)
            {
                throw new CassInputException($"Unknown option '{arguments[i]}', or no value after it{NearestNames.Suggest(arguments[i], options.Keys, otherwise: ".")}");
            }

            options[arguments[i]] = arguments[i + 1];
        }

        int Number(string name) => int.TryParse(options[name], CultureInfo.InvariantCulture, out var number) ? number
            : throw new CassInputException($"{name} '{options[name]}' is not a whole number.");
        return new Settings(
            [.. options["--methods"].Split(',').Select(PretrainingMethod.Parse)],
            [.. options["--seeds"].Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture))],
            Number("--epochs"),
            Number("--finetune-epochs"),
            double.Parse(options["--label-fraction"], CultureInfo.InvariantCulture),
            Number("--size"),
            options["--cnn"],
            options["--vit"],
            options["--results"]);
    }
}
