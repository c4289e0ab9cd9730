using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Packaging;

/// <summary>What strangers build on the packages: a program in F# that trains, a web service that answers with what it trained, a project of unit tests.</summary>
[Trait("Category", "Packaging")]
[Trait("Category", LongTests.Category)]
[Collection(PackagingCollection.Name)]
public sealed partial class ConsumerKindsTests(PackedPackages packed) : IDisposable
{
    private const string Training = """
        open System
        open Cass
        open Cass.Data
        open Cass.Training

        // A bright square to the left or to the right, on noise.
        type Drawn(index: int) =
            interface IImageSource with
                member _.Name = $"drawn-{index}"
                member _.Decode() =
                    let random = Random(index)
                    let pixels = Array.init (32 * 32 * 3) (fun _ -> byte (random.Next 80))
                    let left = if index % 2 = 0 then 2 else 20
                    for y in 10 .. 19 do
                        for x in left .. left + 9 do
                            for channel in 0 .. 2 do
                                pixels[((y * 32) + x) * 3 + channel] <- 220uy
                    new PixelImage(32, 32, 3, pixels)

        let dataset (first: int) (count: int) =
            ImageDataset.FromImages(seq { for i in first .. first + count - 1 -> struct (Drawn i :> IImageSource, (if i % 2 = 0 then "left" else "right")) })

        [<EntryPoint>]
        let main arguments =
            use trainer =
                CassTrainer.CreateBuilder()
                    .UseCnn("resnet18")
                    .UseTransformer("vit_tiny_patch16_224")
                    .WithImageSize(32)
                    .ConfigurePretraining(fun options -> options.Epochs <- 1)
                    .ConfigureFineTuning(fun options -> options.Epochs <- 3)
                    .Build()
            let train = dataset 0 64
            let pretrained = trainer.Pretrain(train.Images)
            use classifier = trainer.FineTune(pretrained.Cnn, train)
            let report = classifier.Evaluate(dataset 1000 32)
            printfn "accuracy %.3f" report.Accuracy.Value
            classifier.Save arguments[0]
            0
        """;

    private const string Service = """
        using Cass;
        using Cass.Serving;

        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddCassClassifier(args[0]);
        var app = builder.Build();
        app.MapPost("/predictions", (HttpRequest request, ClassifierService classifier) =>
            classifier.PredictAsync(request.Body, "upload", request.HttpContext.RequestAborted));
        app.Run();
        """;

    private const string UnitTest = """
        using Cass.Losses;
        using TorchSharp;
        using Xunit;

        public sealed class LossTests
        {
            [Fact]
            public void Equal_embeddings_cost_nothing()
            {
                Cass.TorchBackend.EnsureLoaded();
                using var scope = torch.NewDisposeScope();
                var embeddings = torch.rand(4, 8);
                using var loss = new NormalizedL2SimilarityLoss();
                Assert.Equal(0.0, loss.forward(embeddings, embeddings).item<float>(), 1e-5);
            }
        }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("cass-consumers-").FullName;

    [Fact]
    public async Task What_an_FSharp_program_trains_a_web_service_answers_with()
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to build applications of other kinds on the packages.");
        packed.RequireAvailable();
        Write("nuget.config", ConsumerProject.PackageSources(packed));
        Write("train/Train.fsproj", Project("Microsoft.NET.Sdk", "Cass.Training", """<Compile Include="Program.fs" />"""));
        Write("train/Program.fs", Training);
        Write("serve/Serve.csproj", Project("Microsoft.NET.Sdk.Web", "Cass.Training", $"""<PackageReference Include="Cass.Serving" Version="{packed.Version}" />"""));
        Write("serve/Program.cs", Service);
        Build("train");
        Build("serve");

        var classifier = Path.Combine(folder, "classifier");
        var trained = Run("train", "Train.dll", classifier);
        Assert.True(trained.ExitCode == 0, trained.Output);
        Assert.Matches(@"accuracy (1\.000|0\.[89]\d*)", trained.Output);

        using var service = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [Output("serve", "Serve.dll"), classifier, "--urls", "http://127.0.0.1:0"])
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        service.OutputDataReceived += (_, line) =>
        {
            if (Listening().Match(line.Data ?? string.Empty) is { Success: true } match)
            {
                address.TrySetResult(match.Groups["url"].Value);
            }
        };
        service.Start();
        try
        {
            service.BeginOutputReadLine();
            service.BeginErrorReadLine();
            var url = await address.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
            using var client = new HttpClient();
            using var image = new ByteArrayContent(Bitmap());
            image.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            using var answer = await client.PostAsync(new Uri(url + "/predictions"), image, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, text);
            Assert.Contains("\"label\":\"right\"", text, StringComparison.Ordinal);
        }
        finally
        {
            service.Kill(entireProcessTree: true);
            await service.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public void A_project_of_unit_tests_uses_the_losses_alone()
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to build applications of other kinds on the packages.");
        packed.RequireAvailable();
        Write("nuget.config", ConsumerProject.PackageSources(packed));
        Write("unit/Unit.csproj", Project("Microsoft.NET.Sdk", "Cass.Losses", """<PackageReference Include="xunit.v3" Version="4.0.2" />"""));
        Write("unit/LossTests.cs", UnitTest);
        Build("unit");
        var run = Run("unit", "Unit.dll");
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0", run.Output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [GeneratedRegex(@"Now listening on: (?<url>http://\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();

    private string Project(string sdk, string package, string items) => $"""
        <Project Sdk="{sdk}">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="{package}" Version="{packed.Version}" />
            {ConsumerProject.Backend}
            {items}
          </ItemGroup>
        </Project>
        """;

    /// <summary>A bitmap of 24 bits, bright to the right, written out by hand: rows from below, blue first.</summary>
    private static byte[] Bitmap()
    {
        var pixels = new byte[32 * 32 * 3];
        for (var y = 12; y < 22; y++)
        {
            Array.Fill(pixels, (byte)220, ((y * 32) + 20) * 3, 30);
        }

        byte[] header = [(byte)'B', (byte)'M', .. BitConverter.GetBytes(54 + pixels.Length), 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, 1, 0, 24, 0, .. new byte[24]];
        return [.. header, .. pixels];
    }

    private void Build(string project)
    {
        var built = DotNetCommand.Build(Path.Combine(folder, project), "build", "--configuration", "Release");
        Assert.SkipWhen(built.LacksPackages, "The package sources cannot be reached: " + built.Output);
        Assert.True(built.ExitCode == 0, built.Output);
        Assert.Contains("0 Warning(s)", built.Output, StringComparison.Ordinal);
    }

    private DotNetCommand.Result Run(string project, string assembly, params string[] arguments) =>
        DotNetCommand.Run(folder, [Output(project, assembly), .. arguments]);

    private string Output(string project, string assembly) => Path.Combine(folder, project, "bin/Release/net10.0", assembly);

    private void Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
