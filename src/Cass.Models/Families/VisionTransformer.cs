using System.Collections.Frozen;
using System.Text.Json.Nodes;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// The vision transformer (Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words") and DeiT (Touvron et al. 2021,
/// "Training data-efficient image transformers"). Structure, initialisation and names are those of timm 0.5.4.
/// </summary>
public sealed class VisionTransformer : Backbone, IWeightLayout
{
    private const double Epsilon = 1e-6;

    [ComponentName(Name = "cls_token")]
    private readonly Parameter clsToken;
    [ComponentName(Name = "dist_token")]
    private readonly Parameter? distToken;
    [ComponentName(Name = "pos_embed")]
    private readonly Parameter posEmbed;
    [ComponentName(Name = "patch_embed")]
    private readonly PatchEmbedding patchEmbed;
    private readonly Sequential blocks;
    private readonly PrefixBlock lastBlockOfPrefix;
    private readonly LayerNorm? norm;
    [ComponentName(Name = "fc_norm")]
    private readonly LayerNorm? fcNorm;
    private readonly double dropRate;
    private Linear? head;
    [ComponentName(Name = "head_dist")]
    private Linear? headDist;

    /// <summary>Builds the network with timm's random initialisation.</summary>
    /// <param name="modelName">Its name.</param>
    /// <param name="architecture">Patch size, width, depth, heads.</param>
    /// <param name="configuration">Expected input; its height and width fix the grid of the position embedding.</param>
    /// <param name="options">Classes, dropout, stochastic depth, pooling, and whether images of other sizes are taken.</param>
    /// <exception cref="CassInputException">An option does not fit.</exception>
    public VisionTransformer(string modelName, VisionTransformerArchitecture architecture, BackboneConfiguration configuration, BackboneOptions options)
        : base(
            modelName,
            BackboneKind.Transformer,
            (configuration ?? throw new ArgumentNullException(nameof(configuration))) with { FixedInputSize = !(options ?? throw new ArgumentNullException(nameof(options))).DynamicImageSize })
    {
        ArgumentNullException.ThrowIfNull(architecture);
        options.Validate();
        if (architecture.Heads < 1 || architecture.Width % architecture.Heads != 0)
        {
            throw new ArgumentException($"The width {architecture.Width} is not a multiple of the {architecture.Heads} attention heads.", nameof(architecture));
        }

        Pooling = options.GlobalPooling ?? GlobalPooling.Token;
        if (Pooling is not (GlobalPooling.Token or GlobalPooling.Average) || (architecture.Distilled && Pooling != GlobalPooling.Token))
        {
            throw new CassInputException(
                $"BackboneOptions.GlobalPooling is {Pooling}, which '{modelName}' does not have; use Token{(architecture.Distilled ? string.Empty : " or Average")}.");
        }

        Architecture = architecture;
        NumFeatures = architecture.Width;
        PrefixTokens = architecture.Distilled ? 2 : 1;
        PatchSize = architecture.PatchSize;
        dropRate = options.DropRate ?? 0;
        patchEmbed = new PatchEmbedding(modelName, Configuration, architecture.PatchSize, architecture.Width, normalize: false);
        var patches = (long)patchEmbed.GridHeight * patchEmbed.GridWidth;
        clsToken = Token(1);
        distToken = architecture.Distilled ? Token(1) : null;
        posEmbed = Token(patches + PrefixTokens);
        blocks = Sequential();
        for (var i = 0; i < architecture.Depth; i++)
        {
            blocks.append(new Block(architecture, dropRate, DropPath.Rate(options.DropPathRate ?? 0, i, architecture.Depth)));
        }

        lastBlockOfPrefix = new PrefixBlock((Block)blocks.children().Last(), PrefixTokens);
        var normalizeTokens = Pooling == GlobalPooling.Token;
        norm = normalizeTokens ? LayerNorm(architecture.Width, Epsilon) : null;
        fcNorm = normalizeTokens ? null : LayerNorm(architecture.Width, Epsilon);
        var numClasses = options.NumClasses ?? configuration.NumClasses;
        head = numClasses == 0 ? null : Linear(NumFeatures, numClasses);
        headDist = numClasses == 0 || !architecture.Distilled ? null : Linear(NumFeatures, numClasses);

        register_parameter("cls_token", clsToken);
        if (distToken is not null)
        {
            register_parameter("dist_token", distToken);
        }

        register_parameter("pos_embed", posEmbed);
        register_module("patch_embed", patchEmbed);
        register_module("blocks", blocks);
        register_module("norm", norm!);
        register_module("fc_norm", fcNorm!);
        register_module("head", head!);
        register_module("head_dist", headDist!);
        Initialize();
    }

    /// <summary>What it was built of.</summary>
    public VisionTransformerArchitecture Architecture { get; }

    /// <inheritdoc/>
    public override long NumFeatures { get; }

    /// <inheritdoc/>
    public override long NumClasses => head?.weight.size(0) ?? 0;

    /// <inheritdoc/>
    public override IReadOnlySet<string> NoWeightDecay => FrozenSet.Create(StringComparer.Ordinal, "cls_token", "dist_token", "pos_embed");

    /// <summary>How tokens become the pooled features.</summary>
    public GlobalPooling Pooling { get; }

    /// <summary>Number of tokens before those of the patches: 1 for the class token, 2 with DeiT's distillation token.</summary>
    public int PrefixTokens { get; }

    /// <summary>Side of a square patch in pixels.</summary>
    public int PatchSize { get; }

    /// <summary>Rows of patches that the position embedding is laid out for.</summary>
    public int GridHeight => patchEmbed.GridHeight;

    /// <summary>Columns of patches that the position embedding is laid out for.</summary>
    public int GridWidth => patchEmbed.GridWidth;

    /// <summary>
    /// Cuts images into patches, and projects each to a token without its position: float [batch, channels, height, width] to
    /// [batch, patches, <see cref="NumFeatures"/>], row by row; timm's <c>patch_embed</c>.
    /// </summary>
    /// <remarks>
    /// With <see cref="PosEmbed"/>, <see cref="ClsToken"/>, <see cref="Blocks"/> and <see cref="Norm"/> the parts of which
    /// <see cref="ForwardFeatures"/> is made, for methods that encode some of the tokens alone. They belong to the network,
    /// which disposes them. They throw an <see cref="ArgumentException"/> for images that the network does not take.
    /// </remarks>
    public Module<Tensor, Tensor> PatchEmbed => patchEmbed;

    /// <summary>The class token before its position is added, [1, 1, <see cref="NumFeatures"/>]; timm's <c>cls_token</c>.</summary>
    public Parameter ClsToken => clsToken;

    /// <summary>DeiT's distillation token, the second of the sequence, [1, 1, <see cref="NumFeatures"/>]; timm's <c>dist_token</c>. Null where there is none.</summary>
    public Parameter? DistToken => distToken;

    /// <summary>
    /// What is added to the tokens: [1, <see cref="PrefixTokens"/> + <see cref="GridHeight"/> · <see cref="GridWidth"/>,
    /// <see cref="NumFeatures"/>], the rows of the prefix tokens first; timm's <c>pos_embed</c>. For images of another grid it
    /// passes through <see cref="PositionEmbedding.Resize"/> with antialiasing.
    /// </summary>
    public Parameter PosEmbed => posEmbed;

    /// <summary>
    /// The blocks, each from [batch, tokens, <see cref="NumFeatures"/>] to the same, for any number of tokens in any order;
    /// timm's <c>blocks</c>. <see cref="GradientCheckpointing.Run(IEnumerable{Module}, Tensor)"/> with their <c>children()</c> runs them so that they can be computed anew.
    /// </summary>
    public Sequential Blocks => blocks;

    /// <summary>The layer norm after the last block; timm's <c>norm</c>. Null under average pooling, where pooled features are normalised instead.</summary>
    public LayerNorm? Norm => norm;

    internal static IEnumerable<BackboneDefinition> Definitions
    {
        get
        {
            VisionTransformerArchitecture Tiny(int patch) => new(patch, Width: 192, Depth: 12, Heads: 3);
            VisionTransformerArchitecture Small(int patch) => new(patch, Width: 384, Depth: 12, Heads: 6);
            VisionTransformerArchitecture Base(int patch) => new(patch, Width: 768, Depth: 12, Heads: 12);
            VisionTransformerArchitecture Large(int patch) => new(patch, Width: 1024, Depth: 24, Heads: 16);

            yield return Define("vit_tiny_patch16_224", Tiny(16), 224);
            yield return Define("vit_tiny_patch16_384", Tiny(16), 384);
            yield return Define("vit_small_patch16_224", Small(16), 224);
            yield return Define("vit_small_patch16_384", Small(16), 384);
            yield return Define("vit_small_patch32_224", Small(32), 224);
            yield return Define("vit_small_patch32_384", Small(32), 384);
            yield return Define("vit_base_patch8_224", Base(8), 224);
            yield return Define("vit_base_patch16_224", Base(16), 224);
            yield return Define("vit_base_patch16_384", Base(16), 384);
            yield return Define("vit_base_patch32_224", Base(32), 224);
            yield return Define("vit_base_patch32_384", Base(32), 384);
            yield return Define("vit_large_patch16_224", Large(16), 224);
            yield return Define("vit_large_patch16_384", Large(16), 384);
            yield return Define("vit_large_patch32_224", Large(32), 224);
            yield return Define("vit_large_patch32_384", Large(32), 384);
            yield return DefineDeiT("deit_tiny_patch16_224", Tiny(16), 224);
            yield return DefineDeiT("deit_small_patch16_224", Small(16), 224);
            yield return DefineDeiT("deit_base_patch16_224", Base(16), 224);
            yield return DefineDeiT("deit_base_patch16_384", Base(16), 384);
            yield return DefineDeiT("deit_tiny_distilled_patch16_224", Tiny(16) with { Distilled = true }, 224);
            yield return DefineDeiT("deit_small_distilled_patch16_224", Small(16) with { Distilled = true }, 224);
            yield return DefineDeiT("deit_base_distilled_patch16_224", Base(16) with { Distilled = true }, 224);
            yield return DefineDeiT("deit_base_distilled_patch16_384", Base(16) with { Distilled = true }, 384);
        }
    }

    /// <summary>
    /// Computes the tokens, normalised except under average pooling: [batch, <see cref="PrefixTokens"/> + patches, features],
    /// the class token first, DeiT's distillation token second.
    /// </summary>
    /// <param name="images">
    /// Float [batch, channels, height, width] of the size that the network was built for, or with
    /// <see cref="BackboneOptions.DynamicImageSize"/> of sides that are multiples of <see cref="PatchSize"/>.
    /// </param>
    /// <returns>The token sequence.</returns>
    /// <exception cref="ArgumentException">The images have another shape.</exception>
    public override Tensor ForwardFeatures(Tensor images) => Encode(images, prefixAlone: false);

    /// <summary>
    /// Computes what <see cref="ForwardFeatures"/> computes, with every block's attention written out, which the fused kernel
    /// never forms: softmax(Q Kᵀ / √d) of Vaswani et al. 2017, equation 1. Gradients flow through it.
    /// </summary>
    /// <param name="images">As <see cref="ForwardFeatures"/> takes them.</param>
    /// <returns>
    /// The token sequence, and the attention of each block from the first to the last, [batch, heads, tokens, tokens]: how much
    /// each token (row) takes of each (column); rows add up to 1. The caller disposes them all.
    /// </returns>
    /// <exception cref="ArgumentException">The images have another shape.</exception>
    public (Tensor Features, IReadOnlyList<Tensor> Attention) ForwardWithAttention(Tensor images)
    {
        using var scope = NewDisposeScope();
        var attention = new List<Tensor>();
        var tokens = Embed(images);
        if (dropRate > 0 && training)
        {
            tokens = functional.dropout(tokens, dropRate, training: true);
        }

        foreach (var block in blocks.children().Cast<Block>())
        {
            tokens = block.ForwardWithAttention(tokens, out var weights);
            attention.Add(weights);
        }

        var features = norm is null ? tokens : Autocast.Run(norm, tokens);
        attention.ForEach(weights => weights.MoveToOuterDisposeScope());
        return (features.MoveToOuterDisposeScope(), attention);
    }

    /// <inheritdoc/>
    public override Tensor ForwardPooled(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var features = Encode(images, prefixAlone: true);
        return ForwardHead(features, preLogits: true).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The logits. In training, where tokens before those of the patches are all that is pooled, the last block computes no
    /// others, since nothing depends on them; the result is that of <see cref="ForwardHead"/> after
    /// <see cref="ForwardFeatures"/> but for rounding.
    /// </summary>
    /// <param name="input">Float [batch, channels, height, width] of a size that <see cref="ForwardFeatures"/> takes.</param>
    /// <returns>[batch, <see cref="NumClasses"/>] logits, or pooled features where there is no classifier.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        using var features = Encode(input, prefixAlone: true);
        return ForwardHead(features).MoveToOuterDisposeScope();
    }

    private Tensor Encode(Tensor images, bool prefixAlone)
    {
        var tokens = Embed(images);
        if (dropRate > 0 && training)
        {
            using var kept = tokens;
            tokens = functional.dropout(kept, dropRate, training: true);
        }

        using (tokens)
        {
            var all = blocks.children();
            var encoded = GradientCheckpointing.Run(prefixAlone && CanLeavePatchesOut ? all.SkipLast(1).Append(lastBlockOfPrefix) : all, tokens);
            if (norm is null)
            {
                return encoded;
            }

            using (encoded)
            {
                return Autocast.Run(norm, encoded);
            }
        }
    }

    /// <summary>
    /// Pools the tokens and applies the classifier. With a distillation token, the logits are the mean of the two
    /// classifiers' and the pooled features the mean of the two tokens, in training as in evaluation;
    /// <see cref="ForwardDistilled"/> keeps them apart.
    /// </summary>
    /// <param name="features">The result of <see cref="ForwardFeatures"/>.</param>
    /// <param name="preLogits">True to stop before the classifier.</param>
    /// <returns>[batch, classes] logits, or [batch, features].</returns>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (PrefixTokens == 2)
        {
            if (preLogits || head is null)
            {
                using var both = features.narrow(1, 0, 2);
                return both.mean([1]);
            }

            var (logits, distilled) = ForwardDistilled(features);
            using (distilled)
            {
                return logits.PlusInPlace(distilled).div_(KeptScalar.Of(2.0));
            }
        }

        var pooled = Pool(features);
        if (preLogits || head is null)
        {
            return pooled;
        }

        using (pooled)
        {
            return head.call(pooled);
        }
    }

    /// <summary>The logits of a distilled DeiT's two classifiers, for training by distillation (Touvron et al. 2021, section 4).</summary>
    /// <param name="features">The result of <see cref="ForwardFeatures"/>.</param>
    /// <returns>The logits of the class token and of the distillation token, each [batch, classes].</returns>
    /// <exception cref="InvalidOperationException">The network has no distillation token or no classifier.</exception>
    public (Tensor Logits, Tensor DistilledLogits) ForwardDistilled(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (head is null || headDist is null)
        {
            throw new InvalidOperationException($"'{ModelName}' has no distillation classifier; use a deit_*_distilled network with NumClasses above 0.");
        }

        using var classToken = features.select(1, 0);
        using var distillationToken = features.select(1, 1);
        return (head.call(classToken), headDist.call(distillationToken));
    }

    /// <inheritdoc/>
    public override void ResetClassifier(long numClasses)
    {
        ClassifierLayer.Require(numClasses);
        var replacement = ClassifierLayer.Like(posEmbed, NumFeatures, numClasses, training);
        var distilled = PrefixTokens == 2 ? ClassifierLayer.Like(posEmbed, NumFeatures, numClasses, training) : null;
        register_module("head", null!);
        register_module("head_dist", null!);
        head?.Dispose();
        headDist?.Dispose();
        (head, headDist) = (replacement, distilled);
        register_module("head", head!);
        register_module("head_dist", headDist!);
    }

    (int Height, int Width)? IWeightLayout.PositionGrid => (GridHeight, GridWidth);

    bool IWeightLayout.HasImageSize => true;

    IReadOnlyDictionary<string, JsonNode> IWeightLayout.TimmArguments
    {
        get
        {
            var arguments = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
            if (Pooling != GlobalPooling.Token)
            {
                arguments["global_pool"] = TimmPooling.NameOf(Pooling);
            }

            if (!Configuration.FixedInputSize)
            {
                arguments["dynamic_img_size"] = true;
            }

            return arguments;
        }
    }

    bool IWeightLayout.IsDerived(string name) => false;

    Func<string, string> IWeightLayout.Translator(IReadOnlyCollection<string> names) =>
        TorchvisionNames.AreVisionTransformer(names) ? TorchvisionNames.VisionTransformer : name => name;

    AdaptationStep? IWeightLayout.Adapt(string name, IReadOnlyList<long> from, IReadOnlyList<long> to, (int Height, int Width)? grid)
    {
        switch (name)
        {
            case "pos_embed" when from.Count == 3 && from[0] == 1 && from[2] == to[2]:
                var patches = from[1] - PrefixTokens;
                var source = grid is { } given && (long)given.Height * given.Width == patches ? grid
                    : from[1] == to[1] ? (GridHeight, GridWidth)
                    : PositionEmbedding.SquareGrid(patches);
                return source is not { } old || old == (GridHeight, GridWidth) ? null : new AdaptationStep(
                    $"position embedding resized from a grid of {old.Height}x{old.Width} to {GridHeight}x{GridWidth}",
                    embedding => PositionEmbedding.Resize(embedding, PrefixTokens, old, (GridHeight, GridWidth)));

            // Weights from before patches were cut by a convolution.
            case "patch_embed.proj.weight" when from.Count == 2 && from[0] == to[0] && from[1] == to[1] * to[2] * to[3]:
                return new AdaptationStep("patch projection reshaped to a convolution", weight => weight.reshape([.. to]));
            default:
                return null;
        }
    }

    /// <inheritdoc/>
    protected override string StageOf(string parameterName)
    {
        var parts = parameterName.Split('.');
        return parts[0] switch
        {
            "cls_token" or "dist_token" or "pos_embed" or "patch_embed" => "stem",
            "blocks" => $"blocks.{parts[1]}",
            nameof(norm) => $"blocks.{blocks.Count - 1}",
            "head_dist" or "fc_norm" => "head",
            var other => other,
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lastBlockOfPrefix.Dispose();
        }

        base.Dispose(disposing);
    }

    private static BackboneDefinition Define(string name, VisionTransformerArchitecture architecture, int size) =>
        Define(name, architecture, size, Normalization.Half, Normalization.Half, ["head"]);

    private static BackboneDefinition DefineDeiT(string name, VisionTransformerArchitecture architecture, int size) =>
        Define(name, architecture, size, Normalization.ImageNetMean, Normalization.ImageNetStd, architecture.Distilled ? ["head", "head_dist"] : ["head"]);

    private static BackboneDefinition Define(
        string name,
        VisionTransformerArchitecture architecture,
        int size,
        IReadOnlyList<double> mean,
        IReadOnlyList<double> std,
        IReadOnlyList<string> classifiers) => new(
        name,
        new BackboneConfiguration(size, size, 3, mean, std, size == 384 ? 1 : 0.9, "bicubic", "patch_embed.proj", classifiers) { FixedInputSize = true },
        (configuration, options) => new VisionTransformer(name, architecture, configuration, options));

    private Parameter Token(long count)
    {
        var token = new Parameter(zeros(1, count, NumFeatures));
        token.DetachFromDisposeScope();
        return token;
    }

    private Tensor Embed(Tensor images)
    {
        using var patches = patchEmbed.call(images);
        using var positions = PositionsOf(images);
        var batch = images.size(0);
        using var classTokens = clsToken.expand(batch, -1, -1);
        if (distToken is null)
        {
            return cat([classTokens, patches], 1).PlusInPlace(positions);
        }

        using var distillationTokens = distToken.expand(batch, -1, -1);
        return cat([classTokens, distillationTokens, patches], 1).PlusInPlace(positions);
    }

    private Tensor PositionsOf(Tensor images)
    {
        var grid = patchEmbed.GridOf(images);
        return grid == (GridHeight, GridWidth) ? posEmbed.alias() : PositionEmbedding.Resize(posEmbed, PrefixTokens, (GridHeight, GridWidth), grid, antialias: true);
    }

    /// <summary>
    /// Not in evaluation, where others look into the network: hooks on the last block and its attention are not called. Dropout
    /// draws for every token.
    /// </summary>
    private bool CanLeavePatchesOut => training && Pooling == GlobalPooling.Token && dropRate == 0;

    private Tensor Pool(Tensor tokens)
    {
        if (fcNorm is null)
        {
            // A copy, so that kept features do not hold all tokens in memory.
            using var classToken = tokens.select(1, 0);
            return classToken.clone();
        }

        using var patches = tokens.narrow(1, PrefixTokens, tokens.size(1) - PrefixTokens);
        using var mean = patches.mean([1]);
        return Autocast.Run(fcNorm, mean);
    }

    private void Initialize()
    {
        TransformerInitialization.Draw(posEmbed);
        if (distToken is not null)
        {
            TransformerInitialization.Draw(distToken);
        }

        TransformerInitialization.Draw(clsToken);
        TransformerInitialization.Apply(this);
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly LayerNorm norm1;
        private readonly Attention attn;
        private readonly LayerNorm norm2;
        private readonly Mlp mlp;
        [ComponentName(Name = "drop_path")]
        private readonly DropPath? dropPath;

        public Block(VisionTransformerArchitecture architecture, double dropRate, double dropPathRate)
            : base(nameof(Block))
        {
            norm1 = LayerNorm(architecture.Width, Epsilon);
            attn = new Attention(architecture.Width, architecture.Heads, dropRate);
            norm2 = LayerNorm(architecture.Width, Epsilon);
            mlp = new Mlp(architecture.Width, (long)(architecture.Width * architecture.MlpRatio), dropRate);
            dropPath = DropPath.Create(dropPathRate);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var attended = Residual(norm1, attn.call, input, input);
            return Residual(norm2, mlp.call, attended, attended);
        }

        /// <summary>The first tokens of the output, [batch, <paramref name="count"/>, features].</summary>
        public Tensor ForwardPrefix(Tensor input, long count)
        {
            using var prefix = input.narrow(1, 0, count);
            using var attended = Residual(norm1, normalized => attn.ForwardPrefix(normalized, count), input, prefix);
            return Residual(norm2, mlp.call, attended, attended);
        }

        /// <summary>The output, and the attention, [batch, heads, tokens, tokens].</summary>
        public Tensor ForwardWithAttention(Tensor input, out Tensor weights)
        {
            Tensor? written = null;
            using var attended = Residual(norm1, normalized => attn.ForwardWithAttention(normalized, out written), input, input);
            weights = written!;
            return Residual(norm2, mlp.call, attended, attended);
        }

        private Tensor Residual(LayerNorm norm, Func<Tensor, Tensor> branch, Tensor input, Tensor shortcut)
        {
            using var normalized = Autocast.Run(norm, input);
            var output = branch(normalized);
            if (dropPath is not null)
            {
                using var kept = output;
                output = dropPath.call(kept);
            }

            return Autocast.Join(output, shortcut);
        }
    }

    /// <summary>A block that computes its first tokens alone. The block is not a part of it.</summary>
    private sealed class PrefixBlock(Block block, long count) : Module<Tensor, Tensor>(nameof(PrefixBlock))
    {
        public override Tensor forward(Tensor input) => block.ForwardPrefix(input, count);

        protected override void RegisterComponents()
        {
        }
    }

    private sealed class Attention : Module<Tensor, Tensor>
    {
        private readonly Linear qkv;
        private readonly Linear proj;
        private readonly long heads;
        private readonly double dropRate;

        public Attention(long width, long heads, double dropRate)
            : base(nameof(Attention))
        {
            this.heads = heads;
            this.dropRate = dropRate;
            qkv = Linear(width, width * 3);
            proj = Linear(width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => ForwardPrefix(input, input.size(1));

        /// <summary>What the first tokens take from all tokens, [batch, <paramref name="count"/>, features].</summary>
        public Tensor ForwardPrefix(Tensor input, long count)
        {
            using var all = Autocast.Run(qkv, input);
            var (query, key, value) = AttentionHeads.Split(all, heads);
            using var queries = query;
            using var keys = key;
            using var values = value;
            using var asked = queries.narrow(2, 0, count);
            using var attended = functional.scaled_dot_product_attention(asked, keys, values);
            return Projected(attended);
        }

        /// <summary>What tokens take from all tokens, with the weights by which they do, [batch, heads, tokens, tokens].</summary>
        public Tensor ForwardWithAttention(Tensor input, out Tensor weights)
        {
            using var all = Autocast.Run(qkv, input);
            var (query, key, value) = AttentionHeads.Split(all, heads);
            using var queries = query;
            using var keys = key;
            using var values = value;
            using var scaled = queries.Times(1 / Math.Sqrt(queries.size(3)));
            using var transposed = keys.transpose(-2, -1);
            using var scores = scaled.matmul(transposed);
            weights = scores.softmax(-1);
            using var attended = weights.matmul(values);
            return Projected(attended);
        }

        private Tensor Projected(Tensor attended)
        {
            using var joined = AttentionHeads.Join(attended);
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
    }
}
