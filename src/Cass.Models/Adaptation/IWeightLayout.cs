using System.Text.Json.Nodes;

namespace Cass.Models;

/// <summary>What a family of networks knows of other layouts of its weights.</summary>
internal interface IWeightLayout
{
    /// <summary>Height and width of the grid that the network's position embedding is for; null where it has none.</summary>
    (int Height, int Width)? PositionGrid { get; }

    /// <summary>True where the network is built for an image size, whether or not it takes others.</summary>
    bool HasImageSize { get; }

    /// <summary>What timm must be told to build this network, beyond its name, image size and channels; by the name of its argument.</summary>
    IReadOnlyDictionary<string, JsonNode> TimmArguments { get; }

    /// <summary>
    /// True for a buffer that follows from the architecture, or a part of the published network that this one leaves out by design: files need
    /// not hold it, and what they hold is not read.
    /// </summary>
    bool IsDerived(string name);

    /// <summary>Translates the names of other layouts (a later timm, torchvision, the authors' release) to this network's.</summary>
    /// <param name="names">All names of a file, without prefix.</param>
    /// <returns>The network's name of a file's name; the same where nothing is known of it.</returns>
    Func<string, string> Translator(IReadOnlyCollection<string> names);

    /// <summary>How to adapt a tensor whose shape, or whose grid, is another; null where it cannot be.</summary>
    /// <param name="name">The network's name of it.</param>
    /// <param name="from">Its shape in the file.</param>
    /// <param name="to">Its shape in the network.</param>
    /// <param name="grid">The file's grid of patches where it is known.</param>
    AdaptationStep? Adapt(string name, IReadOnlyList<long> from, IReadOnlyList<long> to, (int Height, int Width)? grid);
}
