using Cass.Data;
using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Explain;

/// <summary>
/// How much each place of an image counts for one of a network's classes, by any network in a loop of one's own;
/// <see cref="ImageClassifierExplanations"/> explains classifiers' predictions of image files.
/// </summary>
/// <param name="Map">
/// As the method computes it, with its sign: of the size of the last feature map for <see cref="ExplanationMethod.GradCam"/> and
/// <see cref="ExplanationMethod.HiResCam"/>, of the grid of patches for attention, of the network's input for the others.
/// </param>
/// <param name="Method">The method.</param>
/// <param name="ClassId">The class, in the order of the network's outputs.</param>
/// <param name="CompletenessGap">
/// By <see cref="ExplanationMethod.IntegratedGradients"/>, how far the sum of the map misses the difference between the logits of image and baseline, as a share of that
/// difference; null by other methods.
/// </param>
public sealed record NetworkRelevance(RelevanceMap Map, ExplanationMethod Method, int ClassId, double? CompletenessGap)
{
    /// <summary>The methods that suit a network, the recommended one first.</summary>
    /// <param name="network">The network.</param>
    /// <returns>
    /// For convolutional networks <see cref="ExplanationMethod.HiResCam"/> and <see cref="ExplanationMethod.GradCam"/>, for ViT and DeiT <see cref="ExplanationMethod.AttentionRelevance"/> and
    /// <see cref="ExplanationMethod.AttentionRollout"/>; for all, and so for Swin and transformers of one's own, <see cref="ExplanationMethod.Occlusion"/> and <see cref="ExplanationMethod.IntegratedGradients"/>.
    /// </returns>
    public static IReadOnlyList<ExplanationMethod> Suitable(Backbone network)
    {
        ArgumentNullException.ThrowIfNull(network);
        ExplanationMethod[] own = network switch
        {
            VisionTransformer => [ExplanationMethod.AttentionRelevance, ExplanationMethod.AttentionRollout],
            { Kind: BackboneKind.Convolutional } => [ExplanationMethod.HiResCam, ExplanationMethod.GradCam],
            _ => [],
        };
        return [.. own, ExplanationMethod.Occlusion, ExplanationMethod.IntegratedGradients];
    }

    /// <summary>Computes the relevance of each place. Neither weights nor their gradients change; may be called from several threads at once.</summary>
    /// <param name="network">The network, with a classifier, in evaluation mode.</param>
    /// <param name="image">Float [1, channels, height, width], normalised, of the network's type and on its device.</param>
    /// <param name="classId">The class, from 0.</param>
    /// <param name="method">One of <see cref="Suitable"/>.</param>
    /// <param name="options">The defaults where null.</param>
    /// <param name="normalization">What the image was normalised with, which says what is black; the network's <see cref="Backbone.Configuration"/> where null.</param>
    /// <param name="cancellationToken">Heeded before each batch of altered images.</param>
    /// <returns>The relevance.</returns>
    /// <exception cref="CassInputException">The method does not suit the network, or an option is out of its range; the message names what does.</exception>
    /// <exception cref="CassException">The network makes numbers that are not finite.</exception>
    /// <exception cref="ArgumentException">The shape does not fit, there is no such class, or the network is in training mode.</exception>
    public static NetworkRelevance Of(
        Backbone network,
        Tensor image,
        int classId,
        ExplanationMethod method,
        ExplanationOptions? options = null,
        ChannelStatistics? normalization = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(image);
        RequireSuitable(network, method);
        Require(network, image, classId);
        options ??= new();
        options.Check(image.size(2), image.size(3));
        cancellationToken.ThrowIfCancellationRequested();
        var input = new ExplainedInput(network, image, classId, options, normalization?.Mean ?? network.Configuration.Mean, normalization?.Std ?? network.Configuration.Std);

        // Gradients are needed whatever the caller's mode is.
        using var mode = inference_mode(false);
        var (map, gap) = method switch
        {
            ExplanationMethod.GradCam => (ClassActivation.Compute(input, byPlace: false), null),
            ExplanationMethod.HiResCam => (ClassActivation.Compute(input, byPlace: true), null),
            ExplanationMethod.AttentionRollout => (TokenAttention.Rollout(input), null),
            ExplanationMethod.AttentionRelevance => (TokenAttention.Relevance(input), null),
            ExplanationMethod.Occlusion => (OcclusionSensitivity.Compute(input, cancellationToken), (double?)null),
            _ => PathIntegral.Compute(input, cancellationToken),
        };
        return new NetworkRelevance(map, method, classId, gap);
    }

    /// <summary>Requires a method that suits a network.</summary>
    /// <exception cref="CassInputException">It does not; the message names those that do.</exception>
    internal static void RequireSuitable(Backbone network, ExplanationMethod method)
    {
        if (!Enum.IsDefined(method))
        {
            throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such method.");
        }

        var suitable = Suitable(network);
        if (!suitable.Contains(method))
        {
            var need = method is ExplanationMethod.GradCam or ExplanationMethod.HiResCam ? "the feature map of a convolutional network" : "the attention of a ViT or DeiT";
            throw new CassInputException($"{method} needs {need}, which '{network.ModelName}' does not have; use {string.Join(", ", suitable.SkipLast(1))} or {suitable[^1]}.");
        }
    }

    private static void Require(Backbone network, Tensor image, int classId)
    {
        if (network.training)
        {
            throw new ArgumentException($"'{network.ModelName}' is in training mode, in which dropout and batch norms act otherwise; call eval() first.", nameof(network));
        }

        if (image.dim() != 4 || image.size(0) != 1)
        {
            throw new ArgumentException($"One image [1, channels, height, width] is explained at a time; it was given [{string.Join(", ", image.shape)}].", nameof(image));
        }

        if (classId < 0 || classId >= network.NumClasses)
        {
            throw new ArgumentOutOfRangeException(nameof(classId), classId, $"'{network.ModelName}' has {network.NumClasses} classes, numbered from 0.");
        }
    }
}
