using Cass.Models;
using TorchSharp.Modules;

namespace Cass.Training;

/// <summary>
/// The sizes of images that a network takes, as far as that can be told before its first forward pass: one alone, or all whose sides are
/// multiples of a patch and not below a least side. Networks made elsewhere take what their configuration says. A method of one's own
/// asks it in <see cref="ISelfSupervisedMethod.CreateViews"/>, before an image is read.
/// </summary>
public sealed class ImageSizes
{
    /// <summary>A ConvNeXt's stem takes a quarter of each side, and each of the three steps between its stages half of that.</summary>
    private const int SmallestOfConvNeXt = 4 * 2 * 2 * 2;

    /// <summary>The least height and width that <see cref="ImageOptions"/> allow.</summary>
    private const int SmallestView = 8;

    private readonly Backbone network;
    private readonly (int Height, int Width)? only;
    private readonly int unit = 1;
    private readonly int smallest = 1;

    private ImageSizes(Backbone network)
    {
        this.network = network;
        var input = network.Configuration;
        only = input.FixedInputSize ? (input.InputHeight, input.InputWidth) : null;
        (unit, smallest) = network switch
        {
            VisionTransformer transformer => (transformer.PatchSize, transformer.PatchSize),
            SwinTransformer => (FirstKernel(network), FirstKernel(network)),
            ConvNeXt => (1, SmallestOfConvNeXt),
            _ => (1, input.MinimumInputSize),
        };
    }

    /// <summary>The sizes that a network takes.</summary>
    /// <param name="network">The network.</param>
    /// <returns>Its sizes.</returns>
    public static ImageSizes Of(Backbone network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(network);
    }

    /// <summary>Refuses full views, as large as <see cref="ImageOptions"/> say, that a network does not take.</summary>
    /// <param name="height">Height of a view in pixels.</param>
    /// <param name="width">Width of a view in pixels.</param>
    /// <param name="networks">The networks that see it.</param>
    /// <exception cref="CassInputException">It names the option, its value, and sizes that fit.</exception>
    public static void RequireViews(int height, int width, params IEnumerable<Backbone> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (networks.Select(network => Of(network).ProblemOfViews(height, width)).FirstOrDefault(problem => problem is not null) is { } found)
        {
            throw new CassInputException(found);
        }
    }

    /// <summary>Whether images of a size are taken.</summary>
    /// <param name="height">Their height in pixels.</param>
    /// <param name="width">Their width in pixels.</param>
    /// <returns>True where the network computes them; false where its forward pass would throw.</returns>
    public bool Take(int height, int width) => only is { } size ? size == (height, width) : Takes(height) && Takes(width);

    /// <summary>Why full views of a size cannot be used, with the remedy; null where they can.</summary>
    internal string? ProblemOfViews(int height, int width)
    {
        if (Take(height, width))
        {
            return null;
        }

        var remedy = only is { } size
            ? $"set Images.Height to {size.Height}{(size.Width == size.Height ? string.Empty : $" and Images.Width to {size.Width}")}, or make the network for {height}x{width} or with {nameof(BackboneOptions)}.{nameof(BackboneOptions.DynamicImageSize)}"
            : string.Join(" and ", new[] { Remedy("Images.Height", height), height == width ? null : Remedy("Images.Width", width) }.OfType<string>());
        return $"Images.Height and Images.Width make views of {height}x{width} pixels, and {network.ModelName} takes images {Rule}: {remedy}.";

        string? Remedy(string option, int side) => Takes(side) ? null : $"set {option} to {Nearest(side, SmallestView, int.MaxValue)}";
    }

    /// <summary>Which images are taken, in words that follow 'images'.</summary>
    public string Rule => only is { } size ? $"of {size.Height}x{size.Width} pixels alone"
        : unit > 1 ? $"whose sides are multiples of {unit} pixels, its patch"
        : $"of {smallest} pixels or more a side";

    /// <summary>The nearest sides that fit, such as <c>32 or 48</c>.</summary>
    /// <param name="side">A side in pixels that does not fit.</param>
    /// <param name="least">The least that may be named.</param>
    /// <param name="most">The greatest that may be named.</param>
    /// <returns>One or two sides; empty where none lies between them.</returns>
    public string Nearest(int side, int least, int most)
    {
        var below = side / unit * unit;
        return string.Join(" or ", new[] { below, below + unit }.Select(fitting => Math.Max(fitting, (smallest + unit - 1) / unit * unit)).Distinct().Where(fitting => fitting >= least && fitting <= most));
    }

    private static int FirstKernel(Backbone network) => (int)network.state_dict()[$"{network.Configuration.FirstConvolution}.weight"].shape[2];

    private bool Takes(int side) => side >= smallest && side % unit == 0;
}
