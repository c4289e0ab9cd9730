using System.Reflection;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Versions of what computes.</summary>
/// <param name="Cass">Of the CASS packages.</param>
/// <param name="TorchSharp">Of TorchSharp.</param>
/// <param name="LibTorch">Of libtorch.</param>
/// <param name="DotNet">Of .NET.</param>
internal sealed record RunVersions(string Cass, string TorchSharp, string LibTorch, string DotNet)
{
    public static RunVersions Present { get; } = new(
        Of(typeof(RunVersions).Assembly),
        Of(typeof(Device).Assembly),
        __version__,
        RuntimeInformation.FrameworkDescription);

    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version!.ToString();
}
