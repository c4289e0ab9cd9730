using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>
/// The encoder of a masked autoencoder (He et al. 2022, "Masked Autoencoders Are Scalable Vision Learners"), as a program
/// outside of the library can write it: it sees some of the patches alone.
/// </summary>
internal static class MaskedEncoder
{
    /// <summary>Encodes the prefix tokens and the kept patches.</summary>
    /// <param name="network">A network with token pooling.</param>
    /// <param name="images">[batch, channels, height, width].</param>
    /// <param name="kept">Int64 [batch, patches kept], the patches of each image in the order wanted.</param>
    /// <returns>[batch, prefix tokens + patches kept, features].</returns>
    public static Tensor Encode(VisionTransformer network, Tensor images, Tensor kept)
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((int)images.size(2) / network.PatchSize, (int)images.size(3) / network.PatchSize);
        var positions = PositionEmbedding.Resize(network.PosEmbed, network.PrefixTokens, (network.GridHeight, network.GridWidth), (height, width), antialias: true);
        var patches = network.PatchEmbed.call(images) + positions.narrow(1, network.PrefixTokens, (long)height * width);
        var visible = patches.gather(1, kept.unsqueeze(-1).expand(-1, -1, network.NumFeatures));
        var prefix = (network.DistToken is { } distToken ? cat([network.ClsToken, distToken], 1) : network.ClsToken) + positions.narrow(1, 0, network.PrefixTokens);
        var sequence = cat([prefix.expand(images.size(0), -1, -1), visible], 1);
        return network.Norm!.call(GradientCheckpointing.Run(network.Blocks.children(), sequence)).MoveToOuterDisposeScope();
    }
}
