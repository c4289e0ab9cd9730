using System.Globalization;

namespace Cass.Models;

/// <summary>
/// timm's names of the tensors of a ResNet whose children were put into an <c>nn.Sequential</c>, which names them by their
/// index: convolution, norm, activation, pooling, four stages, pooling, classifier. It is what lightly and many tutorials do.
/// </summary>
internal static class ChildIndexNames
{
    /// <summary>A name that every such file has.</summary>
    public const string Anchor = "4.0.conv1.weight";

    private static readonly string?[] Children = ["conv1", "bn1", null, null, "layer1", "layer2", "layer3", "layer4", null, "fc"];

    /// <summary>Whether a file's names are of this kind.</summary>
    public static bool Are(IReadOnlyCollection<string> names) => names.Contains(Anchor, StringComparer.Ordinal);

    /// <summary>timm's name; the same for a name without an index that is known.</summary>
    public static string ResNet(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && int.TryParse(name.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < Children.Length
            && Children[index] is { } child
            ? child + name[dot..]
            : name;
    }
}
