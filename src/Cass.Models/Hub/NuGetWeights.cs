using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// Weights that come with a NuGet package, as <c>nuget:</c> and the package's name: the build of an application that references the
/// package puts them beside it, and nothing is downloaded when it runs.
/// </summary>
/// <remarks>
/// <para>The one package that is known is <c>Microsoft.ML.DnnImageFeaturizer.ResNet18</c> (MIT): a ResNet of basic blocks, trained on
/// ImageNet, without a classifier, for the backbone <c>resnet20</c>. It was exported by CNTK for images of blue, green and red levels from 0 to 255
/// less a mean; its first convolution is turned round and scaled, so that it takes RGB images in [0, 1] that are normalised with ImageNet's mean and deviation.</para>
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet20");
/// BackboneWeights.Load(backbone, NuGetWeights.ResNet20);
/// </code></example>
public static class NuGetWeights
{
    /// <summary>ImageNet weights of <c>resnet20</c>, from the package Microsoft.ML.DnnImageFeaturizer.ResNet18.</summary>
    public const string ResNet20 = Scheme + "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    private const string Scheme = "nuget:";
    private const string Version = "0.23.1";
    private const string FirstConvolution = "conv1.weight";
    private const double MaxLevel = 255;
    private static readonly string RelativePath = Path.Combine("DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    /// <summary>Whether a text names weights of a package.</summary>
    internal static bool IsReference(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The file that a reference names.</summary>
    /// <exception cref="CassInputException">The package is not known, or the application does not reference it.</exception>
    internal static string Resolve(string reference)
    {
        if (!string.Equals(reference, ResNet20, StringComparison.OrdinalIgnoreCase))
        {
            throw new CassInputException($"'{reference}' is not known; the weights that come from NuGet are {ResNet20}, for resnet20.");
        }

        var path = Path.Combine(AppContext.BaseDirectory, RelativePath);
        return File.Exists(path) ? path : throw new CassInputException(
            $"'{reference}' is not beside this application ('{path}'). Add <PackageReference Include=\"{reference[Scheme.Length..]}\" Version=\"{Version}\" ExcludeAssets=\"compile;runtime\" /> to the project of the application, and build it again.");
    }

    /// <summary>The first convolution for RGB images in [0, 1], normalised with ImageNet's mean and deviation.</summary>
    internal static Tensor Convert(string name, Tensor read)
    {
        if (!string.Equals(name, FirstConvolution, StringComparison.Ordinal))
        {
            return read;
        }

        using (read)
        {
            using var levels = tensor(Normalization.ImageNetStd.Select(std => MaxLevel * std).ToArray(), dtype: ScalarType.Float32).view(1, -1, 1, 1);
            using var reversed = read.flip(1);
            return reversed.mul(levels);
        }
    }
}
