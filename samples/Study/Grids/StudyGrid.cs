using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cass;
using Cass.Models;
using Cass.Training;
using Study.Cells;
using Study.Methods;
using Study.Running;

namespace Study.Grids;

/// <summary>What a study measures: blocks of cells, in the order in which they run.</summary>
internal sealed record StudyGrid
{
    public required string Name { get; init; }

    /// <summary>How many images are used; all where null.</summary>
    public int? Images { get; init; }

    /// <summary>By method, the peak rate of pretraining that was chosen on the validation images; methods that are not here have the library's.</summary>
    public IReadOnlyDictionary<string, double> Rates { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    public required IReadOnlyList<GridBlock> Blocks { get; init; }

    /// <summary>One that comes with the program, or a file.</summary>
    /// <exception cref="CassInputException">There is none, or it has a fault; the message says where.</exception>
    public static StudyGrid Read(string nameOrPath)
    {
        using var resource = typeof(StudyGrid).Assembly.GetManifestResourceStream($"{nameOrPath}.json");
        StudyGrid grid;
        if (resource is null)
        {
            grid = File.Exists(nameOrPath)
                ? StudyJson.Read<StudyGrid>(nameOrPath)
                : throw new CassInputException($"'{nameOrPath}' is neither a file nor one of the grids that come with the program, {string.Join(" and ", Names())}.");
        }
        else
        {
            using var text = new StreamReader(resource);
            grid = StudyJson.Parse<StudyGrid>(text.ReadToEnd(), nameOrPath);
        }

        grid.Check(nameOrPath);
        return grid;
    }

    /// <summary>The cells with their names, each once, and the block that it first occurs in.</summary>
    public IReadOnlyList<(string Id, Cell Cell, GridBlock Block)> Cells() =>
        [.. Blocks.SelectMany(block => block.Cells(Rates).Select(cell => (Id: IdOf(cell), cell, block))).DistinctBy(named => named.Id, StringComparer.Ordinal)];

    /// <summary>A name for a cell that says what is usually asked, and that no cell with another setting has.</summary>
    public static string IdOf(Cell cell)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(cell, StudyJson.Options)));
        return FormattableString.Invariant($"{cell.Method}-{100 * cell.LabelFraction:0.#}pc-seed{cell.Seed}-{Convert.ToHexStringLower(hash)[..10]}");
    }

    private static IEnumerable<string> Names() => typeof(StudyGrid).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".json", StringComparison.Ordinal)).Select(name => name[..^".json".Length]);

    private void Check(string path)
    {
        foreach (var block in Blocks)
        {
            Refuse(block, block.Seeds.Any(seed => seed is < 0 or > uint.MaxValue), "seeds are from 0 to 4294967295");
            Refuse(block, block.Labels.Any(labels => labels.Fraction is not (> 0 and <= 1) || labels.Epochs < 1), "fractions of labels are above 0 and at most 1, and epochs at least 1");
            Refuse(block, block.Budgets.Any(budget => !(budget >= 0 && double.IsFinite(budget))), "budgets are numbers from 0");
            Refuse(block, block.Sizes.Any(size => size < 16) || block.BatchSizes.Any(size => size < 2), "sizes are at least 16 pixels, and batches 2 images");
            Refuse(block, block.Baselines.Except(block.Methods, StringComparer.Ordinal).Any(), "the baselines are among the block's methods");
            Refuse(block, block.Precision is NumericPrecision.Auto, "a precision is one of numbers, not auto, which machines choose differently");
            Refuse(block, !block.Cells(Rates).Any(), "no list is empty");
            foreach (var name in block.Switched.SelectMany(names => names))
            {
                Oddity.Parse(name);
            }

            foreach (var network in block.Cnns.Concat(block.Vits))
            {
                BackboneRegistry.Default.Configuration(network);
            }
        }

        foreach (var method in Rates.Keys)
        {
            StudyMethod.Parse(method);
        }

        void Refuse(GridBlock block, bool isWrong, string rule)
        {
            if (isWrong)
            {
                throw new CassInputException($"'{path}', block '{block.Name}': {rule}.");
            }
        }
    }
}
