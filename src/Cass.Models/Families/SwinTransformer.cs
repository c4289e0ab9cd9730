using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// The Swin transformer (Liu et al. 2021, "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows").
/// Structure, initialisation and names are those of timm 0.5.4.
/// </summary>
/// <remarks>
/// With <see cref="BackboneOptions.DynamicImageSize"/> it takes images of any height and width that are multiples of the patch,
/// with the windows and relative position biases that it is built with, as the authors' networks for detection do. Maps that
/// are no multiple of the window are padded with zeros, after the norm and before they are shifted; maps of odd height or width
/// are padded before they are merged. Padding takes part in attention, with the bias of the keys and values alone. Windows are
/// shifted unless the smaller side of a map fits into one. Where the size fits the windows, the results are those of a network
/// that is built for it. timm shifts before it pads (its issue 2438), so that its results for sizes that need padding differ.
/// </remarks>
public sealed partial class SwinTransformer : Backbone, IWeightLayout
{
    private const double MlpRatio = 4;
    private const double DefaultDropPathRate = 0.1;

    private readonly int lastDepth;
    [ComponentName(Name = "patch_embed")]
    private readonly PatchEmbedding patchEmbed;
    private readonly Sequential layers;
    private readonly LayerNorm norm;
    private readonly ShiftedWindowMasks masks = new();
    private readonly double dropRate;
    private Linear? head;

    /// <summary>Builds the network with timm's random initialisation.</summary>
    /// <param name="modelName">Its name.</param>
    /// <param name="architecture">Patch, window, widths and depths.</param>
    /// <param name="configuration">Expected input; its height and width fix the windows.</param>
    /// <param name="options">Classes, dropout, stochastic depth, 0.1 where it is null, and whether images of other sizes are taken.</param>
    /// <exception cref="CassInputException">An option does not fit, or the image size cannot be cut into windows.</exception>
    public SwinTransformer(string modelName, SwinTransformerArchitecture architecture, BackboneConfiguration configuration, BackboneOptions options)
        : base(
            modelName,
            BackboneKind.Transformer,
            (configuration ?? throw new ArgumentNullException(nameof(configuration))) with { FixedInputSize = !(options ?? throw new ArgumentNullException(nameof(options))).DynamicImageSize })
    {
        ArgumentNullException.ThrowIfNull(architecture);
        options.Validate();
        if (options.GlobalPooling is not (null or GlobalPooling.Average))
        {
            throw new CassInputException($"BackboneOptions.GlobalPooling is {options.GlobalPooling}, which '{modelName}' does not have; use Average.");
        }

        Architecture = architecture;
        dropRate = options.DropRate ?? 0;
        var stages = architecture.Depths.Count;
        patchEmbed = new PatchEmbedding(modelName, Configuration, architecture.PatchSize, architecture.Width, normalize: true);
        RequireWindows(modelName, architecture, configuration, stages);
        layers = Sequential();
        lastDepth = architecture.Depths[^1];
        var blocks = architecture.Depths.Sum();
        var first = 0;
        for (var i = 0; i < stages; i++)
        {
            var grid = new Grid(patchEmbed.GridHeight >> i, patchEmbed.GridWidth >> i);
            layers.append(new Layer(architecture, i, grid, masks, dropRate, block => DropPath.Rate(options.DropPathRate ?? DefaultDropPathRate, first + block, blocks)));
            first += architecture.Depths[i];
        }

        NumFeatures = (long)architecture.Width << (stages - 1);
        norm = LayerNorm(NumFeatures);
        var numClasses = options.NumClasses ?? configuration.NumClasses;
        head = numClasses == 0 ? null : Linear(NumFeatures, numClasses);

        register_module("patch_embed", patchEmbed);
        register_module(nameof(layers), layers);
        register_module(nameof(norm), norm);
        register_module(nameof(head), head!);
        TransformerInitialization.Apply(this);
    }

    /// <summary>What it was built of.</summary>
    public SwinTransformerArchitecture Architecture { get; }

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override long NumClasses => head?.weight.size(0) ?? 0;

    /// <inheritdoc/>
    public override IReadOnlySet<string> NoWeightDecay => named_parameters()
        .Select(parameter => parameter.name)
        .Where(name => name.EndsWith(".relative_position_bias_table", StringComparison.Ordinal))
        .ToFrozenSet(StringComparer.Ordinal);

    (int Height, int Width)? IWeightLayout.PositionGrid => null;

    bool IWeightLayout.HasImageSize => true;

    internal static IEnumerable<BackboneDefinition> Definitions
    {
        get
        {
            yield return Define("swin_tiny_patch4_window7_224", new(4, 7, 96, [2, 2, 6, 2], [3, 6, 12, 24]), 224);
            yield return Define("swin_small_patch4_window7_224", new(4, 7, 96, [2, 2, 18, 2], [3, 6, 12, 24]), 224);
            yield return Define("swin_base_patch4_window7_224", new(4, 7, 128, [2, 2, 18, 2], [4, 8, 16, 32]), 224);
            yield return Define("swin_base_patch4_window12_384", new(4, 12, 128, [2, 2, 18, 2], [4, 8, 16, 32]), 384);
            yield return Define("swin_large_patch4_window7_224", new(4, 7, 192, [2, 2, 18, 2], [6, 12, 24, 48]), 224);
            yield return Define("swin_large_patch4_window12_384", new(4, 12, 192, [2, 2, 18, 2], [6, 12, 24, 48]), 384);
        }
    }

    /// <summary>Computes the normalised tokens of the last stage: [batch, tokens, features], row by row.</summary>
    /// <param name="images">
    /// Float [batch, channels, height, width] of the size that the network was built for, or with
    /// <see cref="BackboneOptions.DynamicImageSize"/> of sides that are multiples of the patch.
    /// </param>
    /// <returns>The token sequence, before pooling and classifier.</returns>
    /// <exception cref="ArgumentException">The images have another shape.</exception>
    public override Tensor ForwardFeatures(Tensor images)
    {
        var tokens = patchEmbed.call(images);
        if (dropRate > 0 && training)
        {
            using var kept = tokens;
            tokens = functional.dropout(kept, dropRate, training: true);
        }

        using (tokens)
        {
            var (height, width) = patchEmbed.GridOf(images);
            using var map = tokens.unflatten(1, [height, width]);
            using var encoded = layers.call(map);
            using var sequence = encoded.flatten(1, 2);
            return Autocast.Run(norm, sequence);
        }
    }

    /// <inheritdoc/>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        var pooled = features.mean([1]);
        if (preLogits || head is null)
        {
            return pooled;
        }

        using (pooled)
        {
            return head.call(pooled);
        }
    }

    /// <inheritdoc/>
    public override void ResetClassifier(long numClasses) => head = ClassifierLayer.Replace(this, nameof(head), head, numClasses);

    IReadOnlyDictionary<string, JsonNode> IWeightLayout.TimmArguments => Configuration.FixedInputSize
        ? new Dictionary<string, JsonNode>(StringComparer.Ordinal)
        : new Dictionary<string, JsonNode>(StringComparer.Ordinal) { ["strict_img_size"] = false };

    bool IWeightLayout.IsDerived(string name) =>
        name.EndsWith(".attn.relative_position_index", StringComparison.Ordinal) || name.EndsWith(".attn_mask", StringComparison.Ordinal);

    Func<string, string> IWeightLayout.Translator(IReadOnlyCollection<string> names)
    {
        if (TorchvisionNames.AreFeatures(names))
        {
            return TorchvisionNames.SwinTransformer;
        }

        // From 0.8 on, timm reduces at the beginning of a stage and not at the end of the one before.
        var later = names.Contains("layers.3.downsample.reduction.weight", StringComparer.Ordinal);
        return name => Classifiers().Replace(!later ? name : Downsamples().Replace(
            name,
            match => $"layers.{match.ValueSpan["layers.".Length] - '1'}.downsample."), "head.");
    }

    AdaptationStep? IWeightLayout.Adapt(string name, IReadOnlyList<long> from, IReadOnlyList<long> to, (int Height, int Width)? grid)
    {
        if (!name.EndsWith(".relative_position_bias_table", StringComparison.Ordinal) || from.Count != 2 || from[0] == to[0] || from[1] != to[1])
        {
            return null;
        }

        return Window(from[0]) is { } old && Window(to[0]) is { } wanted
            ? new AdaptationStep($"relative position bias resized from a window of {old}x{old} to {wanted}x{wanted}", table => RelativePositionBias.Resize(table, old, wanted))
            : null;

        static int? Window(long rows) => PositionEmbedding.SquareGrid(rows) is { Height: var side } && side % 2 == 1 ? (side + 1) / 2 : null;
    }

    /// <inheritdoc/>
    protected override string StageOf(string parameterName)
    {
        var parts = parameterName.Split('.');
        return parts[0] switch
        {
            "patch_embed" => "stem",
            nameof(layers) => $"layers.{parts[1]}",
            nameof(norm) => $"layers.{layers.Count - 1}",
            var other => other,
        };
    }

    /// <inheritdoc/>
    protected override string LayerOf(string parameterName)
    {
        // What halves the map goes with the first block after it, though its name is of the stage before, and the norm after the last stage with the last block.
        var parts = parameterName.Split('.');
        return parts switch
        {
            [nameof(layers), var stage, "blocks", var block, ..] => $"layers.{stage}.{block}",
            [nameof(layers), var stage, "downsample", ..] => $"layers.{int.Parse(stage, CultureInfo.InvariantCulture) + 1}.0",
            [nameof(norm), ..] => $"layers.{layers.Count - 1}.{lastDepth - 1}",
            _ => StageOf(parameterName),
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            masks.Dispose();
        }

        base.Dispose(disposing);
    }

    private static BackboneDefinition Define(string name, SwinTransformerArchitecture architecture, int size) => new(
        name,
        new BackboneConfiguration(
            size, size, 3, Normalization.ImageNetMean, Normalization.ImageNetStd, size == 384 ? 1 : 0.9, "bicubic", "patch_embed.proj", ["head"])
        { FixedInputSize = true },
        (configuration, options) => new SwinTransformer(name, architecture, configuration, options));

    [GeneratedRegex(@"^layers\.[1-9]\.downsample\.", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Downsamples();

    [GeneratedRegex(@"^head\.fc\.", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Classifiers();

    private void RequireWindows(string modelName, SwinTransformerArchitecture architecture, BackboneConfiguration configuration, int stages)
    {
        for (var i = 0; i < stages; i++)
        {
            var (height, width) = (patchEmbed.GridHeight >> i, patchEmbed.GridWidth >> i);
            var window = Math.Min(architecture.WindowSize, Math.Min(height, width));
            var halves = i == stages - 1 || (height % 2 == 0 && width % 2 == 0);
            if (window == 0 || height % window != 0 || width % window != 0 || !halves
                || patchEmbed.GridHeight * architecture.PatchSize != configuration.InputHeight || patchEmbed.GridWidth * architecture.PatchSize != configuration.InputWidth)
            {
                var unit = architecture.PatchSize * architecture.WindowSize << (stages - 1);
                throw new CassInputException(
                    $"Images of {configuration.InputHeight}x{configuration.InputWidth} cannot be cut into the windows of '{modelName}'; use sides that are multiples of {unit}, or build it for such sides with BackboneOptions.DynamicImageSize and give it these images.");
            }
        }
    }

    /// <summary>Rows and columns of tokens for images of the size that the network is built for.</summary>
    private sealed record Grid(long Height, long Width);

    /// <summary>A stage: [batch, height, width, features] to half of each side and twice the features, the last to the same.</summary>
    private sealed class Layer : Module<Tensor, Tensor>
    {
        private readonly Sequential blocks;
        private readonly PatchMerging? downsample;

        public Layer(SwinTransformerArchitecture architecture, int stage, Grid grid, ShiftedWindowMasks masks, double dropRate, Func<int, double> dropPathRate)
            : base(nameof(Layer))
        {
            var width = (long)architecture.Width << stage;
            blocks = Sequential();
            for (var i = 0; i < architecture.Depths[stage]; i++)
            {
                blocks.append(new Block(width, architecture.Heads[stage], grid, architecture.WindowSize, isShifted: i % 2 == 1, masks, dropRate, dropPathRate(i)));
            }

            downsample = stage == architecture.Depths.Count - 1 ? null : new PatchMerging(width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var output = GradientCheckpointing.Run(blocks.children(), input);
            if (downsample is null)
            {
                return output;
            }

            using (output)
            {
                return downsample.call(output);
            }
        }
    }

    /// <summary>Attention in windows and an MLP, from [batch, height, width, features] to the same.</summary>
    private sealed class Block : Module<Tensor, Tensor>
    {
        /// <summary>Of the size that the network is built for; a part of its state as in timm.</summary>
        [ComponentName(Name = "attn_mask")]
        private readonly Tensor? mask;
        private readonly LayerNorm norm1;
        private readonly WindowAttention attn;
        private readonly LayerNorm norm2;
        private readonly Mlp mlp;
        [ComponentName(Name = "drop_path")]
        private readonly DropPath? dropPath;
        private readonly Grid grid;
        private readonly ShiftedWindowMasks masks;
        private readonly long window;
        private readonly bool isShifted;

        public Block(long width, long heads, Grid grid, int windowSize, bool isShifted, ShiftedWindowMasks masks, double dropRate, double dropPathRate)
            : base(nameof(Block))
        {
            this.grid = grid;
            this.masks = masks;
            this.isShifted = isShifted;
            window = Math.Min(windowSize, Math.Min(grid.Height, grid.Width));
            norm1 = LayerNorm(width);
            attn = new WindowAttention(width, heads, window, dropRate);
            norm2 = LayerNorm(width);
            mlp = new Mlp(width, (long)(width * MlpRatio), dropRate);
            dropPath = DropPath.Create(dropPathRate);
            var shift = ShiftOf(grid);
            mask = shift == 0 ? null : ShiftedWindowMasks.Create(grid.Height, grid.Width, window, shift).DetachFromDisposeScope();
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var attended = Attend(input);
            using var normalized = Autocast.Run(norm2, attended);
            return Autocast.Join(Dropped(mlp.call(normalized)), attended);
        }

        private long ShiftOf(Grid size) => isShifted && Math.Min(size.Height, size.Width) > window ? window / 2 : 0;

        private Tensor Attend(Tensor input)
        {
            var (height, width) = (input.size(1), input.size(2));
            using var normalized = Autocast.Run(norm1, input);
            using var map = AttentionWindows.Pad(normalized, window);
            var padded = new Grid(map.size(1), map.size(2));
            var shift = ShiftOf(padded);
            using var rolled = shift == 0 ? null : map.roll((-shift, -shift), (1, 2));
            using var windows = AttentionWindows.Partition(rolled ?? map, window);
            using var apart = shift == 0 ? null : MaskOf(padded, shift);
            using var attended = attn.Attend(windows, apart);
            using var joined = AttentionWindows.Join(attended, window, padded.Height, padded.Width);
            using var unrolled = shift == 0 ? null : joined.roll((shift, shift), (1, 2));
            using var branch = AttentionWindows.Crop(unrolled ?? joined, height, width);
            if (dropPath is null)
            {
                return branch.Plus(input);
            }

            return Autocast.Join(dropPath.call(branch), input);
        }

        private Tensor MaskOf(Grid size, long shift) =>
            mask is not null && size == grid ? mask.alias() : masks.Of(size.Height, size.Width, window, shift, attn.BiasTable);

        private Tensor Dropped(Tensor branch)
        {
            if (dropPath is null)
            {
                return branch;
            }

            using (branch)
            {
                return dropPath.call(branch);
            }
        }
    }

    private sealed class WindowAttention : Module<Tensor, Tensor>
    {
        [ComponentName(Name = "relative_position_bias_table")]
        private readonly Parameter biasTable;
        [ComponentName(Name = "relative_position_index")]
        private readonly Tensor index;
        private readonly Linear qkv;
        private readonly Linear proj;
        private readonly long heads;
        private readonly long tokens;
        private readonly double scale;
        private readonly double dropRate;

        public WindowAttention(long width, long heads, long window, double dropRate)
            : base(nameof(WindowAttention))
        {
            this.heads = heads;
            this.dropRate = dropRate;
            tokens = window * window;
            scale = 1 / Math.Sqrt((double)width / heads);
            var side = (2 * window) - 1;
            biasTable = new Parameter(zeros(side * side, heads));
            biasTable.DetachFromDisposeScope();
            index = RelativeIndex(window).DetachFromDisposeScope();
            qkv = Linear(width, width * 3);
            proj = Linear(width, width);
            RegisterComponents();
            TransformerInitialization.Draw(biasTable);
        }

        /// <summary>The relative position biases, [(2 · window - 1)², heads].</summary>
        public Tensor BiasTable => biasTable;

        public override Tensor forward(Tensor input) => Attend(input, mask: null);

        /// <summary>Attention within each window; windows are the batch, those of one image together.</summary>
        public Tensor Attend(Tensor windows, Tensor? mask)
        {
            using var all = Autocast.Run(qkv, windows);
            var (query, key, value) = AttentionHeads.Split(all, heads);
            using var queries = query;
            using var keys = key;
            using var values = value;
            using var bias = Bias(mask);
            using var scaled = queries.Times(scale);
            using var transposed = keys.transpose(-2, -1);
            using var weights = Weights(scaled.matmul(transposed), bias, mask);
            using var cast = Autocast.Widened(weights, values);
            using var mixed = cast.matmul(values);
            using var joined = AttentionHeads.Join(mixed);
            var projected = Autocast.Run(proj, joined);
            if (dropRate == 0 || !training)
            {
                return projected;
            }

            using (projected)
            {
                return functional.dropout(projected, dropRate, training: true);
            }
        }

        private static Tensor RelativeIndex(long window)
        {
            var values = new long[window * window * window * window];
            var next = 0;
            for (long from = 0; from < window * window; from++)
            {
                for (long to = 0; to < window * window; to++)
                {
                    var rows = (from / window) - (to / window) + window - 1;
                    var columns = (from % window) - (to % window) + window - 1;
                    values[next++] = (rows * ((2 * window) - 1)) + columns;
                }
            }

            return tensor(values, [window * window, window * window]);
        }

        /// <summary>The biases of one window, [1, heads, tokens, tokens], or with a mask those of one image's windows.</summary>
        private Tensor Bias(Tensor? mask)
        {
            using var flat = index.view(-1);
            using var rows = biasTable.index_select(0, flat);
            using var square = rows.view(tokens, tokens, heads);
            using var byHead = square.permute(2, 0, 1);
            using var bias = byHead.unsqueeze(0);
            if (mask is null)
            {
                return bias.contiguous();
            }

            using var byWindow = mask.unsqueeze(1);
            return bias.Plus(byWindow);
        }

        /// <summary>The softmax of biased scores, which are used up.</summary>
        private Tensor Weights(Tensor scores, Tensor bias, Tensor? mask)
        {
            var shape = scores.shape;
            if (mask is not null)
            {
                using var flat = scores;
                scores = flat.view(-1, mask.size(0), heads, tokens, tokens);
            }

            using var biased = Autocast.Join(scores, bias);
            using var weights = biased.softmax(-1);
            return weights.view(shape);
        }
    }

    /// <summary>Halves the map, padded to even sides: four neighbours become one token of twice the width.</summary>
    private sealed class PatchMerging : Module<Tensor, Tensor>
    {
        private readonly Linear reduction;
        private readonly LayerNorm norm;

        public PatchMerging(long width)
            : base(nameof(PatchMerging))
        {
            reduction = Linear(4 * width, 2 * width, hasBias: false);
            norm = LayerNorm(4 * width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var padded = AttentionWindows.Pad(input, 2);
            var (batch, height, width, features) = (padded.size(0), padded.size(1) / 2, padded.size(2) / 2, padded.size(3));
            using var map = padded.view(batch, height, 2, width, 2, features);

            // The order of the four is top left, bottom left, top right, bottom right.
            using var grouped = map.permute(0, 1, 3, 4, 2, 5);
            using var joined = grouped.reshape(batch, height, width, 4 * features);
            using var normalized = Autocast.Run(norm, joined);
            using var reduced = Autocast.Run(reduction, normalized);
            return Autocast.Widened(reduced, reduction.weight);
        }
    }
}
