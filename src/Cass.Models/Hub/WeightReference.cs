using System.Text.RegularExpressions;

namespace Cass.Models;

/// <summary>
/// A file on the Hugging Face hub, written <c>hf:owner/name</c>, with <c>@revision</c> and <c>#file</c> where they are
/// not the default: <c>hf:timm/resnet50.a1_in1k@main#model.safetensors</c>.
/// </summary>
/// <param name="Owner">The account, such as <c>timm</c>.</param>
/// <param name="Name">The repository, such as <c>resnet50.a1_in1k</c>.</param>
/// <param name="Revision">A branch, tag or commit. Default <c>main</c>.</param>
/// <param name="File">The file; null for <c>model.safetensors</c>, or else <c>pytorch_model.bin</c>.</param>
public sealed partial record WeightReference(string Owner, string Name, string Revision = "main", string? File = null)
{
    /// <summary>What a reference begins with.</summary>
    public const string Scheme = "hf:";

    /// <summary>Whether a text is meant as a reference and not as a path.</summary>
    /// <param name="text">A path or a reference.</param>
    /// <returns>True where it begins with <c>hf:</c>.</returns>
    public static bool IsReference(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a reference.</summary>
    /// <param name="text">Such as <c>hf:timm/resnet50.a1_in1k</c>.</param>
    /// <returns>Its parts.</returns>
    /// <exception cref="CassInputException">It is not one.</exception>
    public static WeightReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Pattern().Match(text);
        string[] parts = match.Success ? [match.Groups["owner"].Value, match.Groups["name"].Value, match.Groups["revision"].Value, match.Groups["file"].Value] : [];
        if (!match.Success || parts.Any(part => part.Trim('.').Length == 0 && part.Length > 0))
        {
            throw new CassInputException($"'{text}' is not a weight reference; write hf:owner/name, such as hf:timm/resnet50.a1_in1k, with @revision and #file where needed.");
        }

        return new WeightReference(parts[0], parts[1], parts[2].Length == 0 ? "main" : parts[2], parts[3].Length == 0 ? null : parts[3]);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Scheme}{Owner}/{Name}{(string.Equals(Revision, "main", StringComparison.Ordinal) ? string.Empty : "@" + Revision)}{(File is null ? string.Empty : "#" + File)}";

    [GeneratedRegex(
        @"^hf:(?<owner>[A-Za-z0-9_.-]{1,96})/(?<name>[A-Za-z0-9_.-]{1,96})(@(?<revision>[A-Za-z0-9_.-]{1,96}))?(#(?<file>[A-Za-z0-9_.-]{1,96}))?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
