using System.Reflection;

namespace Cass.Tests.Native;

/// <summary>The package of TorchSharp as restored, which no build may change.</summary>
internal static class TorchSharpPackage
{
    public static string LinuxLibrary => Path.Combine(
        BuildValue("NuGetPackageRoot"),
        "torchsharp",
        BuildValue("TorchSharpVersion"),
        "runtimes/linux-x64/native/libLibTorchSharp.so");

    /// <summary>A value that the build wrote into this assembly.</summary>
    public static string BuildValue(string key) => typeof(TorchSharpPackage).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => string.Equals(attribute.Key, key, StringComparison.Ordinal)).Value!;
}
