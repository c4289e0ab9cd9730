using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// An ONNX model's weights under the names of a <see cref="ResNet"/>: convolutions by their names where these are the network's, else by
/// their shapes and order; batch norms by the convolutions before them, also where they were folded.
/// </summary>
internal sealed class OnnxResNetWeights : IStateDictFile
{
    private const string Weight = ".weight";
    private readonly OnnxFile file;
    private readonly Func<string, Tensor, Tensor> convert;
    private readonly Dictionary<string, (StateDictEntry Entry, Func<Tensor> Read)> tensors = new(StringComparer.Ordinal);

    private OnnxResNetWeights(OnnxFile file, ResNet network, IReadOnlyDictionary<string, OnnxConvolution> convolutions, Func<string, Tensor, Tensor>? convert)
    {
        (this.file, this.convert) = (file, convert ?? (static (_, read) => read));
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var norms = network.named_modules().Where(pair => pair.module is BatchNorm2d).ToDictionary(pair => pair.name, pair => ((BatchNorm2d)pair.module).eps, StringComparer.Ordinal);
        foreach (var (name, convolution) in convolutions)
        {
            Add(name + Weight, convolution.Weight.Entry.Shape, convolution.Weight.Read, taken, convolution.Weight);
            AddNorm(NormOf(name), convolution, norms[NormOf(name)], taken);
        }

        // The classifier, and what the network has no place for, under the names of the file.
        foreach (var name in file.Names.Where(name => !taken.Contains(name) && !tensors.ContainsKey(name) && file.Entry(name).Type != ScalarType.Int64))
        {
            tensors.Add(name, (file.Entry(name), () => file.Read(name)));
        }
    }

    public IReadOnlyList<string> Names => [.. tensors.Keys];

    /// <summary>The weights under the network's names; null where the file's convolutions are not its own, neither by name nor by shape.</summary>
    /// <param name="network">The network.</param>
    /// <param name="file">The model.</param>
    /// <param name="convert">What becomes of a tensor that is read, by its name in the network; null for nothing.</param>
    public static OnnxResNetWeights? For(ResNet network, OnnxFile file, Func<string, Tensor, Tensor>? convert = null)
    {
        string[] names = [.. ConvolutionsOf(network)];
        var byName = file.Convolutions.DistinctBy(convolution => convolution.Weight.Entry.Name, StringComparer.Ordinal).ToDictionary(convolution => convolution.Weight.Entry.Name, StringComparer.Ordinal);
        if (names.All(name => byName.ContainsKey(name + Weight)))
        {
            return new OnnxResNetWeights(file, network, names.ToDictionary(name => name, name => byName[name + Weight], StringComparer.Ordinal), convert);
        }

        var state = network.state_dict();
        var bySize = file.Convolutions
            .OrderBy(convolution => convolution.Depth)
            .GroupBy(convolution => string.Join('x', convolution.Weight.Entry.Shape), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new Queue<OnnxConvolution>(group), StringComparer.Ordinal);
        var matched = new Dictionary<string, OnnxConvolution>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (!bySize.TryGetValue(string.Join('x', state[name + Weight].shape), out var left) || !left.TryDequeue(out var convolution))
            {
                return null;
            }

            matched.Add(name, convolution);
        }

        return bySize.Values.All(left => left.Count == 0) ? new OnnxResNetWeights(file, network, matched, convert) : null;
    }

    public StateDictEntry Entry(string name) => Find(name).Entry;

    public Tensor Read(string name) => convert(name, Find(name).Read());

    public void CopyTo(string name, Tensor destination)
    {
        using var read = Read(name);
        StateDictReader.CopyTo(Entry(name), read.dtype, destination, filled => filled.copy_(read.view(filled.shape)));
    }

    public void Dispose() => file.Dispose();

    /// <summary>
    /// The network's convolutions, those of a shortcut before those beside it: their way from the input is shorter, so that of two
    /// with one shape the first in the graph is the shortcut's.
    /// </summary>
    private static IEnumerable<string> ConvolutionsOf(ResNet network) => network.named_modules()
        .Where(pair => pair.module is Conv2d)
        .Select((pair, i) => (pair.name, i))
        .GroupBy(pair => BlockOf(pair.name), StringComparer.Ordinal)
        .OrderBy(group => group.Min(pair => pair.i))
        .SelectMany(group => group.OrderBy(pair => pair.name.Contains(".downsample.", StringComparison.Ordinal) ? 0 : 1).ThenBy(pair => pair.i))
        .Select(pair => pair.name);

    /// <summary>Such as <c>layer1.0</c>; empty for the stem.</summary>
    private static string BlockOf(string name) => name.StartsWith("layer", StringComparison.Ordinal) ? string.Join('.', name.Split('.').Take(2)) : string.Empty;

    /// <summary>The batch norm after a convolution of timm's ResNets.</summary>
    private static string NormOf(string convolution)
    {
        if (convolution is "conv1.6")
        {
            return "bn1";
        }

        var last = convolution[(convolution.LastIndexOf('.') + 1)..];
        return last.StartsWith("conv", StringComparison.Ordinal)
            ? $"{convolution[..^last.Length]}bn{last["conv".Length..]}"
            : $"{convolution[..^last.Length]}{int.Parse(last, System.Globalization.CultureInfo.InvariantCulture) + 1}";
    }

    private void AddNorm(string name, OnnxConvolution convolution, double epsilon, HashSet<string> taken)
    {
        var channels = convolution.Weight.Entry.Shape[0];
        if (convolution.Norm is { } norm)
        {
            Add($"{name}.weight", norm.Scale.Entry.Shape, norm.Scale.Read, taken, norm.Scale);
            Add($"{name}.bias", norm.Bias.Entry.Shape, norm.Bias.Read, taken, norm.Bias);

            // A bias before the batch norm moves the mean that is taken away.
            Add($"{name}.running_mean", norm.Mean.Entry.Shape, () => Mean(norm, convolution.Bias), taken, norm.Mean);
            Add($"{name}.running_var", norm.Variance.Entry.Shape, () => Variance(norm, epsilon), taken, norm.Variance);
            taken.Add(convolution.Bias?.Entry.Name ?? string.Empty);
            return;
        }

        // Folded: what is left is the bias, which a batch norm of mean 0 and deviation 1 adds.
        long[] shape = [channels];
        Add($"{name}.weight", shape, () => ones(shape), taken, from: null);
        Add($"{name}.bias", shape, convolution.Bias is { } bias ? bias.Read : () => zeros(shape), taken, convolution.Bias);
        Add($"{name}.running_mean", shape, () => zeros(shape), taken, from: null);
        Add($"{name}.running_var", shape, () => full(shape, KeptScalar.Of(1 - epsilon)), taken, from: null);
    }

    private static Tensor Mean(OnnxBatchNorm norm, OnnxInitializer? bias)
    {
        var mean = norm.Mean.Read();
        if (bias is null)
        {
            return mean;
        }

        using var added = bias.Read();
        return mean.sub_(added);
    }

    /// <summary>The variance that with the network's ε is what the file's is with its own.</summary>
    private static Tensor Variance(OnnxBatchNorm norm, double epsilon)
    {
        var variance = norm.Variance.Read();
        var difference = norm.Epsilon - epsilon;

        // An ε of float32 is not quite one of float64.
        if (Math.Abs(difference) < 1e-9)
        {
            return variance;
        }

        using (variance)
        {
            return variance.Plus(difference);
        }
    }

    private void Add(string name, IReadOnlyList<long> shape, Func<Tensor> read, HashSet<string> taken, OnnxInitializer? from)
    {
        tensors.TryAdd(name, (new StateDictEntry(name, from?.Entry.Type ?? ScalarType.Float32, from?.Entry.TypeName ?? "Float", shape), read));
        taken.Add(from?.Entry.Name ?? string.Empty);
    }

    private (StateDictEntry Entry, Func<Tensor> Read) Find(string name) => tensors.TryGetValue(name, out var found)
        ? found
        : throw new CassInputException($"The model has no tensor '{name}'{NearestNames.Suggest(name, Names, otherwise: ".")}");
}
