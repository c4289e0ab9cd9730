using System.Globalization;
using Cass.Training;

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
    NumericPrecision Precision,
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
            ["--precision"] = "Float32",
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
        double Share(string name) => double.TryParse(options[name], CultureInfo.InvariantCulture, out var number) ? number
            : throw new CassInputException($"{name} '{options[name]}' is not a number.");
        return new Settings(
            [.. options["--methods"].Split(',').Select(PretrainingMethod.Parse)],
            [.. options["--seeds"].Split(',').Select(s => int.TryParse(s, CultureInfo.InvariantCulture, out var seed) ? seed : throw new CassInputException($"--seeds has '{s}', which is not a whole number."))],
            Number("--epochs"),
            Number("--finetune-epochs"),
            Share("--label-fraction"),
            Number("--size"),
            options["--cnn"],
            options["--vit"],
            Enum.TryParse<NumericPrecision>(options["--precision"], ignoreCase: true, out var precision) ? precision
                : throw new CassInputException($"--precision '{options["--precision"]}' is none of {string.Join(", ", Enum.GetNames<NumericPrecision>())}."),
            options["--results"]);
    }
}
