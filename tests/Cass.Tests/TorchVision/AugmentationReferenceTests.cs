using System.Globalization;
using System.Text.Json;
using Cass.Data;
using Cass.Tests.Reference;
using Cass.TorchVision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.TorchVision;

/// <summary>What torchvision makes of the same images, operations and magnitudes.</summary>
[Trait("Category", "Reference")]
public sealed class AugmentationReferenceTests
{
    public static TheoryData<string> Files => ReferenceFolder.Names("torchvision_augmentations*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_operation_gives_torchvisions_pixels(string file)
    {
        var reference = ReferenceFolder.Open(file);
        var seen = new HashSet<AugmentationOperation>();
        foreach (var key in reference.Keys.Where(key => key.Contains('/', StringComparison.Ordinal)))
        {
            using var scope = NewDisposeScope();
            var parts = key.Split('/');
            var (operation, magnitude) = (Enum.Parse<AugmentationOperation>(parts[1]), double.Parse(parts[2], CultureInfo.InvariantCulture));
            var interpolation = parts[3] == "bilinear" ? Interpolation.Bilinear : Interpolation.Nearest;
            var image = reference[parts[0] == "plain" ? "plain" : "image"];
            var before = image.clone();
            var actual = AugmentationOperations.Apply(image, operation, magnitude, interpolation);
            AssertPixels(reference[key], actual, key);
            Assert.True(before.equal(image).all().item<bool>(), $"{key} changed its argument.");
            seen.Add(operation);
        }

        Assert.Equal(Enum.GetValues<AugmentationOperation>().Length, seen.Count);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_policy_has_torchvisions_operations_and_magnitudes(string file)
    {
        using var space = JsonDocument.Parse(ReferenceFolder.Open(file).Metadata["space"]);
        var ours = new Dictionary<string, AugmentationRange[]>(StringComparer.Ordinal)
        {
            ["RandAugment"] = [.. RandAugment.Ranges(31)],
            ["TrivialAugmentWide"] = [.. TrivialAugmentWide.Ranges(31)],
            ["AutoAugment"] = [.. RandAugment.Ranges(10).Skip(1), AugmentationRange.Plain(AugmentationOperation.Invert)],
            ["AugMix"] = [.. AugMix.Ranges(allOperations: true)],
        };
        foreach (var policy in space.RootElement.EnumerateObject())
        {
            var expected = policy.Value.EnumerateArray().ToList();
            Assert.Equal(expected.Count, ours[policy.Name].Length);
            foreach (var (theirs, range) in expected.Zip(ours[policy.Name]))
            {
                Assert.Equal(theirs.GetProperty("operation").GetString(), range.Operation.ToString());
                Assert.Equal(theirs.GetProperty("signed").GetBoolean(), range.IsSigned);
                double[] magnitudes = [.. theirs.GetProperty("magnitudes").EnumerateArray().Select(m => m.GetDouble())];
                Assert.Equal(magnitudes.Length > 1, range.Magnitude is not null);
                for (var bin = 0; range.Magnitude is not null && bin < magnitudes.Length; bin++)
                {
                    Assert.Equal(magnitudes[bin], range.Magnitude(bin, (37, 45)), 1e-4);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void AutoAugment_has_torchvisions_pairs(string file)
    {
        using var policies = JsonDocument.Parse(ReferenceFolder.Open(file).Metadata["policies"]);
        foreach (var policy in Enum.GetValues<AutoAugmentPolicy>())
        {
            var theirs = policies.RootElement.GetProperty(policy.ToString().ToLowerInvariant()).EnumerateArray().ToList();
            var ours = AutoAugmentPair.Of(policy);
            Assert.Equal(theirs.Count, ours.Count);
            foreach (var (expected, pair) in theirs.Zip(ours))
            {
                foreach (var (one, (operation, probability, bin)) in expected.EnumerateArray().Zip((IEnumerable<(AugmentationOperation, double, int)>)[pair.First, pair.Second]))
                {
                    Assert.Equal(one[0].GetString(), operation.ToString());
                    Assert.Equal(one[1].GetDouble(), probability, 1e-12);
                    Assert.Equal(one[2].ValueKind == JsonValueKind.Null ? 0 : one[2].GetInt32(), bin);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void AugMix_mixes_the_same_draws_to_torchvisions_pixels(string file)
    {
        using var scope = NewDisposeScope();
        var reference = ReferenceFolder.Open(file);
        var ranges = AugMix.Ranges(allOperations: true).ToList();

        // The draws of generate_torchvision.py.
        (double, DrawnOperation[])[] chains =
        [
            (0.5 * 0.65, [new(ranges[4], 2, IsNegative: true), new(ranges[8], 0, IsNegative: false)]),
            (0.2 * 0.65, [new(ranges[0], 1, IsNegative: false)]),
            (0.3 * 0.65, [new(ranges[10], 2, IsNegative: false), new(ranges[5], 1, IsNegative: false), new(ranges[7], 0, IsNegative: false)]),
        ];
        AssertPixels(reference["augmix"], AugMix.Mix(reference["image"], 0.35, chains, Interpolation.Bilinear), "augmix");
    }

    /// <summary>But for pixels that lie within rounding between two levels, or between two source pixels.</summary>
    private static void AssertPixels(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(ScalarType.Byte, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        var differences = (expected.to(ScalarType.Int32) - actual.to(ScalarType.Int32)).abs();
        var share = differences.gt(0).to(ScalarType.Float64).mean().item<double>();
        Assert.True(share <= 0.005, $"{what}: {share:P2} of the values differ, by {differences.max().item<int>()} at the most.");
    }
}
