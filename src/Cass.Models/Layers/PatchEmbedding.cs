using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// Cuts images into square patches and projects each to a token; timm's <c>PatchEmbed</c>:
/// [batch, channels, height, width] to [batch, patches, width of a token].
/// </summary>
internal sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    private readonly Conv2d proj;
    private readonly LayerNorm? norm;
    private readonly string modelName;
    private readonly BackboneConfiguration configuration;
    private readonly int patchSize;

    public PatchEmbedding(string modelName, BackboneConfiguration configuration, int patchSize, int width, bool normalize)
        : base(nameof(PatchEmbedding))
    {
        (this.modelName, this.configuration, this.patchSize) = (modelName, configuration, patchSize);
        GridHeight = configuration.InputHeight / patchSize;
        GridWidth = configuration.InputWidth / patchSize;
        if (GridHeight == 0 || GridWidth == 0)
        {
            throw new CassInputException(
                $"Images of {configuration.InputHeight}x{configuration.InputWidth} are smaller than a patch of '{modelName}', {patchSize}x{patchSize}; choose larger images.");
        }

        if (configuration.InputHeight % patchSize != 0 || configuration.InputWidth % patchSize != 0)
        {
            throw new CassInputException(
                $"Images of {configuration.InputHeight}x{configuration.InputWidth} cannot be cut into the patches of '{modelName}', {patchSize}x{patchSize}; choose a height and width that {patchSize} divides, such as {Math.Max(1, GridHeight) * patchSize}x{Math.Max(1, GridWidth) * patchSize}.");
        }

        proj = Conv2d(configuration.InputChannels, width, patchSize, stride: patchSize);
        norm = normalize ? LayerNorm(width) : null;
        RegisterComponents();
    }

    /// <summary>Number of patches from top to bottom in images of the size that the network is built for.</summary>
    public int GridHeight { get; }

    /// <summary>Number of patches from left to right in images of the size that the network is built for.</summary>
    public int GridWidth { get; }

    /// <summary>Rows and columns of patches in images that the network takes.</summary>
    public (int Height, int Width) GridOf(Tensor images) => ((int)(images.size(2) / patchSize), (int)(images.size(3) / patchSize));

    public override Tensor forward(Tensor input)
    {
        if (configuration.FixedInputSize)
        {
            ImageShape.Require(input, modelName, configuration.InputChannels, configuration.InputHeight, configuration.InputWidth);
        }
        else
        {
            ImageShape.RequirePatches(input, modelName, configuration.InputChannels, patchSize);
        }

        var tokens = Project(input);
        if (norm is null)
        {
            return tokens;
        }

        using (tokens)
        {
            return Autocast.Run(norm, tokens);
        }
    }

    private Tensor Project(Tensor images)
    {
        if (!training || Autocast.IsEnabled || images.device_type != DeviceType.CPU)
        {
            using var projected = Autocast.Run(proj, images);
            using var flat = projected.flatten(2);
            return flat.transpose(1, 2);
        }

        // Patches do not overlap, so that the convolution is one matrix product, whose gradient is faster than oneDNN's of a kernel
        // this large; no hook on the convolution sees it, hence not in evaluation. The order within a patch is the one in which the
        // weights lie, so that they are not copied.
        var weight = proj.weight;
        var (size, channels, isChannelsLast) = (weight.size(2), weight.size(1), weight.stride(1) == 1);
        var (height, width) = GridOf(images);
        using var cut = images.reshape(images.size(0), channels, height, size, width, size);
        using var ordered = isChannelsLast ? cut.permute(0, 2, 4, 3, 5, 1) : cut.permute(0, 2, 4, 1, 3, 5);
        using var patches = ordered.reshape(images.size(0), (long)height * width, channels * size * size);
        using var kernel = isChannelsLast ? weight.permute(0, 2, 3, 1) : weight.alias();
        using var matrix = kernel.flatten(1);
        return Autocast.Linear(patches, matrix, proj.bias);
    }
}
