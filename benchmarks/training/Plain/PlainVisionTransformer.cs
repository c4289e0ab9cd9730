using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training.Benchmarks.Plain;

/// <summary>The vision transformer as one writes it with TorchSharp's own layers (Dosovitskiy et al. 2021).</summary>
internal sealed class PlainVisionTransformer : Module<Tensor, Tensor>
{
    private static readonly Dictionary<string, (int Width, int Heads)> Architectures = new(StringComparer.Ordinal)
    {
        ["vit_tiny_patch16_224"] = (192, 3),
        ["vit_small_patch16_224"] = (384, 6),
        ["vit_base_patch16_384"] = (768, 12),
    };

    private readonly Conv2d embedding;
    private readonly Parameter token;
    private readonly Parameter positions;
    private readonly Sequential blocks;
    private readonly LayerNorm norm;
    private readonly Linear head;

    public PlainVisionTransformer(int size, int width, int heads)
        : base(nameof(PlainVisionTransformer))
    {
        embedding = Conv2d(3, width, 16, stride: 16);
        token = new Parameter(zeros(1, 1, width));
        positions = new Parameter(randn(1, (size / 16 * (size / 16)) + 1, width).mul_(0.02));
        blocks = Sequential(Enumerable.Range(0, 12).Select(_ => (Module<Tensor, Tensor>)new Block(width, heads)));
        norm = LayerNorm(width, 1e-6);
        head = Linear(width, 1000);
        RegisterComponents();
    }

    public static IReadOnlyCollection<string> Names => Architectures.Keys;

    public static PlainVisionTransformer Create(string name, int size)
    {
        var (width, heads) = Architectures[name];
        return new PlainVisionTransformer(size, width, heads);
    }

    public override Tensor forward(Tensor input)
    {
        var patches = embedding.call(input).flatten(2).transpose(1, 2);
        var tokens = cat([token.expand(input.size(0), -1, -1), patches], 1) + positions;
        return head.call(norm.call(blocks.call(tokens)).select(1, 0));
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly int width;
        private readonly int heads;
        private readonly LayerNorm norm1;
        private readonly Linear qkv;
        private readonly Linear proj;
        private readonly LayerNorm norm2;
        private readonly Linear fc1;
        private readonly Linear fc2;

        public Block(int width, int heads)
            : base(nameof(Block))
        {
            this.width = width;
            this.heads = heads;
            norm1 = LayerNorm(width, 1e-6);
            qkv = Linear(width, 3 * width);
            proj = Linear(width, width);
            norm2 = LayerNorm(width, 1e-6);
            fc1 = Linear(width, 4 * width);
            fc2 = Linear(4 * width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var (batch, tokens) = (input.size(0), input.size(1));
            var split = qkv.call(norm1.call(input)).reshape(batch, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
            var (query, key, value) = (split[0], split[1], split[2]);
            var attention = (query.matmul(key.transpose(-2, -1)) * (1 / Math.Sqrt(width / heads))).softmax(-1);
            var attended = input + proj.call(attention.matmul(value).transpose(1, 2).reshape(batch, tokens, width));
            return attended + fc2.call(functional.gelu(fc1.call(norm2.call(attended))));
        }
    }
}
