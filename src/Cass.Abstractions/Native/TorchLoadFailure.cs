using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Cass;

/// <summary>What is known about a failure to load TorchSharp's native library, and the sentence that explains it.</summary>
/// <param name="RuntimeIdentifier">The portable identifier of the system, such as <c>linux-x64</c>.</param>
/// <param name="TorchSharpVersion">The version of TorchSharp, which its backend packages share.</param>
/// <param name="LoaderMessage">What the system's dynamic loader said; empty where it found nothing wrong.</param>
internal sealed partial record TorchLoadFailure(string RuntimeIdentifier, string TorchSharpVersion, string LoaderMessage)
{
    private const string PatchedVersion = "GLIBCXX_3.4.32";

    /// <summary>Asks the dynamic loader of this system what is wrong.</summary>
    /// <returns>The failure.</returns>
    public static TorchLoadFailure OnThisSystem()
    {
        var assembly = typeof(torch).Assembly;
        var message = string.Empty;
        try
        {
            NativeLibrary.Load("LibTorchSharp", assembly, searchPath: null);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            message = exception.Message;
        }

        return new TorchLoadFailure(
            PortableRuntimeIdentifier(),
            assembly.GetName().Version?.ToString(fieldCount: 3) ?? string.Empty,
            message);
    }

    /// <summary>The failure and its remedy in one line.</summary>
    /// <returns>The message of the exception that the user sees.</returns>
    public string Explain()
    {
        if (RuntimeIdentifier.StartsWith("linux-musl", StringComparison.Ordinal))
        {
            return $"TorchSharp {TorchSharpVersion} does not load on {RuntimeIdentifier}: libtorch needs glibc; use a distribution that has it, such as Debian or Ubuntu.";
        }

        if (BackendPackages is not { } packages)
        {
            return $"TorchSharp {TorchSharpVersion} has no backend for {RuntimeIdentifier}; run on linux-x64, win-x64, win-arm64 or osx-arm64.";
        }

        if (LoaderMessage.Contains("Too many open files", StringComparison.Ordinal))
        {
            return $"TorchSharp {TorchSharpVersion} does not load because this process has as many files open as it may: raise the limit, such as with ulimit -n 1024.";
        }

        if (NoMemory().IsMatch(LoaderMessage))
        {
            return $"TorchSharp {TorchSharpVersion} does not load because this process may not have the memory that its libraries take, some 500 MB: raise the limit (ulimit -v, or that of its container or service).";
        }

        if (MissingVersion().Match(LoaderMessage) is { Success: true } version)
        {
            return ExplainOldLibrary(version.Groups["version"].Value);
        }

        var missing = MissingLibrary().Matches(LoaderMessage).Select(match => match.Groups["library"].Value).FirstOrDefault();
        if (missing is null ? NamesNoCause : IsPartOfBackend(missing))
        {
            return $"TorchSharp {TorchSharpVersion} found no libtorch for {RuntimeIdentifier} beside the application: add one backend package to the application's project, {packages}.";
        }

        if (MissingSymbol().IsMatch(LoaderMessage))
        {
            return $"TorchSharp {TorchSharpVersion} found a libtorch of another version on this system, and none beside the application: add one backend package to the application's project, {packages}. Where it has one, take the folder of the other libtorch out of LD_LIBRARY_PATH.";
        }

        return missing is null
            ? $"TorchSharp {TorchSharpVersion} does not load: {LastLine(LoaderMessage)}"
            : $"TorchSharp {TorchSharpVersion} does not load because this system has no {missing}: install the system package that provides it.";
    }

    // Windows reports a missing dependency by number alone, macOS by the path that the library was expected at.
    private bool NamesNoCause =>
        LoaderMessage.Contains("0x8007007E", StringComparison.Ordinal)
        || LoaderMessage.Contains("Library not loaded: @rpath/libtorch", StringComparison.Ordinal)
        || LoaderMessage.Contains("Library not loaded: @rpath/libc10", StringComparison.Ordinal);

    private string? BackendPackages => RuntimeIdentifier switch
    {
        "linux-x64" => $"TorchSharp-cpu {TorchSharpVersion} (or libtorch-cpu-linux-x64, its part for this system) for the CPU, TorchSharp-cuda-linux {TorchSharpVersion} for an NVIDIA GPU",
        "win-x64" => $"TorchSharp-cpu {TorchSharpVersion} for the CPU, TorchSharp-cuda-windows {TorchSharpVersion} for an NVIDIA GPU; where it has one, install the Microsoft Visual C++ Redistributable",
        "win-arm64" => $"TorchSharp-cpu {TorchSharpVersion}; where it has one, install the Microsoft Visual C++ Redistributable",
        "osx-arm64" => $"TorchSharp-cpu {TorchSharpVersion}",
        _ => null,
    };

    private string ExplainOldLibrary(string version) => version switch
    {
        PatchedVersion => $"TorchSharp {TorchSharpVersion} does not load because this system's libstdc++ lacks {version} and the application was built without the fix that Cass.Abstractions applies: remove CassPatchLibTorchSharp=false and any ExcludeAssets on the Cass packages and rebuild; where the application references the projects of CASS in place of its packages, import Cass.Abstractions.targets (docs/native-loading.md); or install libstdc++ of GCC 13 or later.",
        _ when version.StartsWith("GLIBC_", StringComparison.Ordinal) => $"TorchSharp {TorchSharpVersion} does not load because this system's C library lacks {version}: use a newer release of the distribution, such as Debian 12 or Ubuntu 22.04.",
        _ => $"TorchSharp {TorchSharpVersion} does not load because this system's libstdc++ lacks {version}: update the package that provides libstdc++.so.6 (libstdc++6 on Debian and Ubuntu), or use a newer release of the distribution.",
    };

    private static bool IsPartOfBackend(string library) =>
        library.StartsWith("libtorch", StringComparison.Ordinal) || library.StartsWith("libc10", StringComparison.Ordinal);

    // A runtime that a distribution built itself calls itself after that distribution, such as ubuntu.24.04-x64.
    private static string PortableRuntimeIdentifier()
    {
        var runtime = RuntimeInformation.RuntimeIdentifier;
        var isMusl = runtime.Contains("musl", StringComparison.Ordinal) || runtime.Contains("alpine", StringComparison.Ordinal);
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : isMusl ? "linux-musl" : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault()
            ?? "the exception within says why.";

    [GeneratedRegex("version [`'](?<version>(GLIBCXX|CXXABI|GLIBC)_[0-9.]+)' not found", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MissingVersion();

    [GeneratedRegex("failed to map segment|[Cc]annot allocate memory|cannot create shared object descriptor", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NoMemory();

    // What LibTorchSharp asks of libtorch is mangled C++; only a libtorch of another version lacks it.
    [GeneratedRegex("LibTorchSharp.*undefined symbol|Symbol not found: ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MissingSymbol();

    // A bare file name is a dependency; the loader writes the places where it looked for the library itself as paths.
    [GeneratedRegex("^(?<library>[^/:\\s]+): cannot open shared object file", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MissingLibrary();
}
