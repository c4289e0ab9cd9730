using System.Globalization;
using System.Text.RegularExpressions;

namespace Cass.Models;

/// <summary>timm's names of the tensors in torchvision's weight files. Of ResNet they are the same.</summary>
internal static partial class TorchvisionNames
{
    /// <summary>Whether a file's names are those of torchvision's <c>VisionTransformer</c>.</summary>
    public static bool AreVisionTransformer(IEnumerable<string> names) => names.Contains("encoder.pos_embedding", StringComparer.Ordinal);

    /// <summary>Whether a file's names are those of torchvision's <c>ConvNeXt</c> or <c>SwinTransformer</c>.</summary>
    public static bool AreFeatures(IEnumerable<string> names) => names.Contains("features.0.0.weight", StringComparer.Ordinal);

    public static string VisionTransformer(string name) => name switch
    {
        "class_token" => "cls_token",
        "encoder.pos_embedding" => "pos_embed",
        _ => Renamed(
            EncoderLayer().Replace(name, "blocks.${layer}."),
            ("conv_proj.", "patch_embed.proj."),
            ("encoder.ln.", "norm."),
            ("heads.head.", "head."),
            (".ln_1.", ".norm1."),
            (".ln_2.", ".norm2."),
            (".self_attention.in_proj_", ".attn.qkv."),
            (".self_attention.out_proj.", ".attn.proj."),
            (".mlp.linear_1.", ".mlp.fc1."),
            (".mlp.linear_2.", ".mlp.fc2."),
            (".mlp.0.", ".mlp.fc1."),
            (".mlp.3.", ".mlp.fc2.")),
    };

    public static string ConvNeXt(string name) => Renamed(
        Part().Replace(name, match => Number(match.Groups["part"].Value) is var number && number == 0
            ? $"stem.{match.Groups["rest"].Value}"
            : number % 2 == 1 ? $"stages.{number / 2}.blocks.{match.Groups["rest"].Value}" : $"stages.{number / 2}.downsample.{match.Groups["rest"].Value}"),
        (".block.0.", ".conv_dw."),
        (".block.2.", ".norm."),
        (".block.3.", ".mlp.fc1."),
        (".block.5.", ".mlp.fc2."),
        (".layer_scale", ".gamma"),
        ("classifier.0.", "head.norm."),
        ("classifier.2.", "head.fc."));

    public static string SwinTransformer(string name) => Renamed(
        Part().Replace(name, match => Number(match.Groups["part"].Value) is var number && number == 0
            ? match.Groups["rest"].Value.Replace("0.", "patch_embed.proj.", StringComparison.Ordinal).Replace("2.", "patch_embed.norm.", StringComparison.Ordinal)
            : number % 2 == 1 ? $"layers.{number / 2}.blocks.{match.Groups["rest"].Value}" : $"layers.{(number / 2) - 1}.downsample.{match.Groups["rest"].Value}"),
        (".mlp.0.", ".mlp.fc1."),
        (".mlp.3.", ".mlp.fc2."));

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    private static string Renamed(string name, params ReadOnlySpan<(string From, string To)> parts)
    {
        foreach (var (from, to) in parts)
        {
            var at = name.IndexOf(from, StringComparison.Ordinal);
            if (at > 0 ? from[0] == '.' : at == 0)
            {
                name = name[..at] + to + name[(at + from.Length)..];
            }
        }

        return name;
    }

    [GeneratedRegex(@"^encoder\.layers\.encoder_layer_(?<layer>\d{1,4})\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EncoderLayer();

    [GeneratedRegex(@"^features\.(?<part>\d{1,2})\.(?<rest>.+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Part();
}
