using System.Diagnostics;
using Cass.Onnx;
using Cass.Tests.Models;
using Xunit;

namespace Cass.Tests.Onnx;

/// <summary>Exported models before the checker of ONNX itself, where Python has it (Debian's python3-onnx).</summary>
public sealed class OnnxCheckerTests
{
    [Theory]
    [InlineData("resnet")]
    [InlineData("vit")]
    [InlineData("convnext")]
    [InlineData("swin")]
    public void The_checker_and_the_shape_inference_of_ONNX_agree(string family)
    {
        var python = Array.Find(["/usr/bin/python3", "python3"], name => Run(name, "-c", "import onnx").Code == 0);
        Assert.SkipWhen(python is null, "Python has no package onnx; on Debian it is python3-onnx.");
        using var folder = new TemporaryFolder();
        using var network = SlimBackbones.Create(family, deep: true);
        OnnxExport.Save(network, folder["full.onnx"]);
        OnnxExport.Save(network, folder["half.onnx"], new OnnxExportOptions { Precision = OnnxPrecision.Float16 });
        OnnxExport.Save(network, folder["beside.onnx"], new OnnxExportOptions { ExternalWeights = true });
        var (code, output) = Run(python!, Path.Combine(AppContext.BaseDirectory, "Onnx", "check_onnx.py"), folder["full.onnx"], folder["half.onnx"], folder["beside.onnx"]);
        Assert.True(code == 0, output);
    }

    private static (int Code, string Output) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, string.Empty);
        }
    }
}
