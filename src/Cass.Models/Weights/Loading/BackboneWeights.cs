using System.Globalization;

namespace Cass.Models;

/// <summary>Loads weights into a backbone and saves them.</summary>
public static class BackboneWeights
{
    /// <summary>The metadata key of the grid that a position embedding is laid out for, written as <c>14x14</c>.</summary>
    internal const string GridKey = "pos_embed_grid";

    /// <summary>
    /// Loads a weight file: safetensors, what <c>torch.save</c> wrote, or an ONNX model. Of an ONNX model, constants are found by their
    /// names; those of a <see cref="ResNet"/> by the shapes and the order of the convolutions where names are others, and batch norms that were
    /// folded into convolutions become ones of mean 0 and deviation 1. Device, type and mode of the backbone stay; its
    /// <see cref="Backbone.WeightOrigin"/> becomes <see cref="WeightOrigin.Trained"/>.
    /// </summary>
    /// <param name="backbone">The network; it is changed only when everything fits.</param>
    /// <param name="path">The file, a reference such as <c>hf:timm/resnet50.a1_in1k</c>, which is resolved by <see cref="WeightLoadOptions.Store"/>, or weights of a package (<see cref="NuGetWeights"/>).</param>
    /// <param name="options">How to load; null for the defaults.</param>
    /// <returns>What was loaded, adapted, dropped, missing and unexpected; where it is not complete, someone should see it.</returns>
    /// <exception cref="WeightMismatchException">The file does not fit the network, or holds several that do.</exception>
    /// <exception cref="WeightFileException">The file is damaged or of an unknown format, or a weight in it is NaN or infinite.</exception>
    /// <exception cref="CassInputException">The file is not there or cannot be read.</exception>
    public static WeightLoadReport Load(Backbone backbone, string path, WeightLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new WeightLoadOptions();
        var isOfPackage = NuGetWeights.IsReference(path);
        if (isOfPackage)
        {
            path = NuGetWeights.Resolve(path);
        }
        else if (WeightReference.IsReference(path))
        {
            using var ownStore = options.Store is null ? new WeightStore() : null;
            path = (options.Store ?? ownStore!).Resolve(path);
        }

        using var opened = StateDictFile.Open(path);
        var file = opened is OnnxFile onnx && backbone is ResNet network ? OnnxResNetWeights.For(network, onnx, isOfPackage ? NuGetWeights.Convert : null) ?? opened : opened;
        var grid = options.PositionGrid ?? (file is SafetensorsFile safetensors ? GridOf(safetensors) : null);
        var resolved = new WeightLoadOptions { Strict = options.Strict, AllowPartial = options.AllowPartial, Prefix = options.Prefix, PositionGrid = grid, Names = options.Names };
        var plan = WeightLoadPlan.Make(backbone, file, path, resolved);
        plan.Apply(file);
        if (plan.Report.Loaded.Count > 0)
        {
            backbone.WeightOrigin = WeightOrigin.Trained;
        }

        return plan.Report;
    }

    /// <summary>Saves a backbone's parameters and buffers as safetensors, under timm's names and in timm's order, atomically.</summary>
    /// <param name="backbone">The network, on any device.</param>
    /// <param name="path">The file; its folder is created where it is missing.</param>
    /// <param name="metadata">Free text for the header, beside what this method writes: <c>format</c> and <c>architecture</c>.</param>
    /// <exception cref="CassInputException">A weight or a running statistic is NaN or infinite; nothing was written.</exception>
    /// <exception cref="IOException">The file cannot be written; what was there before stays.</exception>
    public static void Save(Backbone backbone, string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt", ["architecture"] = backbone.ModelName };
        if (backbone is IWeightLayout { PositionGrid: { } grid })
        {
            all[GridKey] = string.Create(CultureInfo.InvariantCulture, $"{grid.Height}x{grid.Width}");
        }

        foreach (var (key, value) in metadata ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            all[key] = value;
        }

        var state = backbone.state_dict();
        if (NonFiniteTensor.FirstOf(state) is { } broken)
        {
            throw new CassInputException($"The weights of '{backbone.ModelName}' are not written to '{path}': {broken}. Go back to weights from before, such as a checkpoint's.");
        }

        SafetensorsFile.Write(path, state, all);
    }

    private static (int Height, int Width)? GridOf(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(GridKey, out var text))
        {
            return null;
        }

        var sides = text.Split('x');
        return sides.Length == 2
            && int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            && int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            ? (height, width)
            : null;
    }
}
