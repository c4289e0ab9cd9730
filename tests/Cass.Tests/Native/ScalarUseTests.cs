using System.Reflection;
using Cass.Tests.Packaging;
using TorchSharp;
using Xunit;

namespace Cass.Tests.Native;

/// <summary>
/// A number that TorchSharp wraps for one call may be freed under it (docs/native-memory.md). No garbage collection can be
/// made to come at that moment in a test, so the compiled code is read in its place.
/// </summary>
public sealed class ScalarUseTests
{
    /// <summary>Where a number is wrapped on purpose, and held for as long as the call takes.</summary>
    private static readonly HashSet<string> Holders = new(StringComparer.Ordinal)
    {
        "Cass.Tensors.KeptScalar",
        "Cass.Tensors.TorchKernels",
        "Cass.Training.FeatureProbe.Classify",

        // TorchVision builds its networks, once each.
        "Cass.TorchVision.TorchVisionArchitectures.",
        "Cass.TorchVision.GoogLeNetArchitecture.Create",
        "Cass.TorchVision.InceptionV3Architecture.Create",
    };

    [Fact]
    public void No_product_code_lets_TorchSharp_wrap_a_number_for_one_call()
    {
        var makers = Makers();
        Assert.Contains(makers, m => m is { DeclaringType.Name: "Tensor", Name: "op_Addition" });
        Assert.Contains(makers, m => m is { DeclaringType.Name: "Tensor", Name: "square" });

        var products = Directory.GetDirectories(Path.Combine(PackedPackages.RepositoryRoot, "src")).Select(folder => Assembly.Load(Path.GetFileName(folder)));
        var uses = products.SelectMany(MethodCalls.Of)
            .SelectMany(method => MethodCalls.In(method).Where(called => makers.Contains(Definition(called))).Select(called => $"{Place(method)} calls {called.DeclaringType!.Name}.{called}"))
            .Where(use => !Holders.Any(holder => use.StartsWith(holder, StringComparison.Ordinal)))
            .Distinct()
            .Order(StringComparer.Ordinal);

        Assert.Equal([], uses);
    }

    [Fact]
    public void Such_code_would_be_found()
    {
        var makers = Makers();
        var method = typeof(ScalarUseTests).GetMethod(nameof(Careless), BindingFlags.Static | BindingFlags.NonPublic)!;

        Assert.Equal(3, MethodCalls.In(method).Count(called => makers.Contains(Definition(called))));
    }

    private static torch.Tensor Careless(torch.Tensor x) => ((x * 0.5) + x).clamp(0, torch.tensor(1f).ToScalar());

    private static string Place(MethodBase method) => $"{method.DeclaringType!.FullName!.Replace('+', '.')}.{method.Name}";

    private static MethodBase Definition(MethodBase method)
    {
        if (method.DeclaringType is { IsConstructedGenericType: true } type)
        {
            method = MethodBase.GetMethodFromHandle(method.MethodHandle, type.GetGenericTypeDefinition().TypeHandle)!;
        }

        return method is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericMethodDefinition() : method;
    }

    /// <summary>What of TorchSharp and TorchVision wraps a number, or calls what does.</summary>
    private static HashSet<MethodBase> Makers()
    {
        var calls = MethodCalls.Of(typeof(torch.Tensor).Assembly).Concat(MethodCalls.Of(typeof(torchvision).Assembly)).ToDictionary(m => m, m => MethodCalls.In(m).ToList());
        var makers = calls.Keys
            .Where(m => m is MethodInfo { ReturnType.Name: nameof(Scalar), IsStatic: true } && m.DeclaringType!.Name is nameof(Scalar) or "ScalarExtensionMethods")
            .ToHashSet();
        for (var known = 0; known != makers.Count;)
        {
            known = makers.Count;
            makers.UnionWith(calls.Where(entry => entry.Value.Exists(makers.Contains)).Select(entry => entry.Key).ToList());
        }

        return makers;
    }
}
