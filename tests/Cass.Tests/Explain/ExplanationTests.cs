using Cass.Data;
using Cass.Explain;
using Cass.Tests.Data;
using Cass.Tests.Models;
using Cass.Tests.Serving;
using Cass.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Explain;

/// <summary>What classifiers' predictions are explained by, from files.</summary>
public sealed class ExplanationTests : IDisposable
{
    private static readonly ExplanationOptions Quick = new() { IntegrationSteps = 10, OcclusionSize = 16, OcclusionStride = 8 };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Networks => [TinyBackbones.ResNet, TinyBackbones.Transformer, TinyBackbones.Swin];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_suitable_method_gives_heat_of_the_images_size_and_says_what_it_is_of(string name)
    {
        using var classifier = TinyClassifiers.Create(3, name);
        var path = TestImages.Save(folder["scan.png"], new TinyImage(3, 1, size: 52).Decode());
        var expected = classifier.Predict(path);
        foreach (var method in NetworkRelevance.Suitable(classifier.Network))
        {
            var explanation = classifier.Explain(path, method, options: Quick);
            Assert.Equal((52, 52), (explanation.HeatMap.Height, explanation.HeatMap.Width));
            Assert.Equal((52, 52), (explanation.Image.Height, explanation.Image.Width));
            Assert.All(explanation.HeatMap.Values.ToArray(), value => Assert.InRange(value, 0, 1));
            Assert.Equal((name, method), (explanation.Network, explanation.Method));
            Assert.Equal((expected.Label, expected.Probability), (explanation.Label, explanation.Probability));
            Assert.Equal(expected.Probabilities, explanation.Prediction.Probabilities);
            Assert.Equal(classifier.Labels.IdOf(expected.Label), explanation.ClassId);
            Assert.Equal(method == ExplanationMethod.IntegratedGradients, explanation.CompletenessGap is not null);
            Assert.StartsWith($"{name}, {method} of {expected.Label}", explanation.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(NetworkRelevance.Suitable(classifier.Network)[0], classifier.Explain(path, options: Quick).Method);
    }

    [Fact]
    public void Each_network_has_its_own_methods_and_all_have_two()
    {
        ExplanationMethod[] any = [ExplanationMethod.Occlusion, ExplanationMethod.IntegratedGradients];
        foreach (var (name, own) in new (string, ExplanationMethod[])[]
        {
            (TinyBackbones.ResNet, [ExplanationMethod.HiResCam, ExplanationMethod.GradCam]),
            (TinyBackbones.ConvNeXt, [ExplanationMethod.HiResCam, ExplanationMethod.GradCam]),
            (TinyBackbones.Transformer, [ExplanationMethod.AttentionRelevance, ExplanationMethod.AttentionRollout]),
            (TinyBackbones.Distilled, [ExplanationMethod.AttentionRelevance, ExplanationMethod.AttentionRollout]),
            (TinyBackbones.Swin, []),
        })
        {
            using var network = ExplainedNetwork.Create(name);
            Assert.Equal([.. own, .. any], NetworkRelevance.Suitable(network));
        }

        using var linear = new LinearNetwork(4, 2);
        Assert.Equal(any, NetworkRelevance.Suitable(linear));
    }

    [Fact]
    public void A_class_is_named_or_numbered()
    {
        using var classifier = TinyClassifiers.Create(3);
        var image = new TinyImage(1, 4);
        var named = classifier.Explain(image, ExplanationMethod.GradCam, "columns");
        var numbered = classifier.Explain(image, ExplanationMethod.GradCam, 2);
        Assert.Equal(("columns", 2), (named.Label, named.ClassId));
        Assert.Equal(("columns", 2), (numbered.Label, numbered.ClassId));
        Assert.Equal(named.Relevance.Values.ToArray(), numbered.Relevance.Values.ToArray());
        Assert.Equal(named.Prediction.Probabilities[2].Probability, named.Probability);
        Assert.NotEqual(named.Relevance.Values.ToArray(), classifier.Explain(image, ExplanationMethod.GradCam, "rows").Relevance.Values.ToArray());
    }

    [Fact]
    public void What_cannot_be_explained_is_refused_with_its_value_and_the_remedy()
    {
        using var cnn = TinyClassifiers.Create(3);
        using var vit = TinyClassifiers.Create(3, TinyBackbones.Transformer);
        using var swin = TinyClassifiers.Create(3, TinyBackbones.Swin);
        var image = new TinyImage(1, 4);
        Assert.Contains("the attention of a ViT or DeiT, which 'tiny_resnet' does not have; use HiResCam, GradCam, Occlusion or IntegratedGradients", Refused(() => cnn.Explain(image, ExplanationMethod.AttentionRollout)), StringComparison.Ordinal);
        Assert.Contains("the feature map of a convolutional network, which 'tiny_vit' does not have; use AttentionRelevance, AttentionRollout, Occlusion or IntegratedGradients", Refused(() => vit.Explain(image, ExplanationMethod.GradCam)), StringComparison.Ordinal);
        Assert.Contains("use Occlusion or IntegratedGradients", Refused(() => swin.Explain(image, ExplanationMethod.AttentionRelevance)), StringComparison.Ordinal);
        Assert.Contains("Unknown class 'column'; did you mean 'columns'?", Refused(() => cnn.Explain(image, target: "column")), StringComparison.Ordinal);
        Assert.Contains("no class 4; the classes are 0 (plain), 1 (rows), 2 (columns), 3 (centre)", Refused(() => cnn.Explain(image, target: 4)), StringComparison.Ordinal);
        Assert.Contains("no class -1", Refused(() => cnn.Explain(image, target: -1)), StringComparison.Ordinal);
        Assert.Contains("OcclusionSize is 33; it must be from 1 to 32", Refused(() => cnn.Explain(image, options: new() { OcclusionSize = 33 })), StringComparison.Ordinal);
        Assert.Contains("OcclusionStride is 9; it must be from 1 to the square's side, 8", Refused(() => cnn.Explain(image, options: new() { OcclusionStride = 9 })), StringComparison.Ordinal);
        Assert.Contains("IntegrationSteps is 9; it must be from 10 to 100000", Refused(() => cnn.Explain(image, options: new() { IntegrationSteps = 9 })), StringComparison.Ordinal);
        Assert.Contains("IntegrationTolerance is 0", Refused(() => cnn.Explain(image, options: new() { IntegrationTolerance = 0 })), StringComparison.Ordinal);
        Assert.Contains("BatchSize is 5000", Refused(() => cnn.Explain(image, options: new() { BatchSize = 5000 })), StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<UnreadableImageException>(() => cnn.Explain(folder["missing.png"])).Message, StringComparison.Ordinal);

        static string Refused(Action action) => Assert.Throws<CassInputException>(action).Message;
    }

    [Fact]
    public void Calls_that_cannot_be_right_are_refused()
    {
        using var scope = NewDisposeScope();
        using var network = ExplainedNetwork.Create(TinyBackbones.ResNet);
        var image = ExplainedNetwork.Image();
        Assert.Contains("has 5 classes", Assert.Throws<ArgumentOutOfRangeException>(() => NetworkRelevance.Of(network, image, 5, ExplanationMethod.GradCam)).Message, StringComparison.Ordinal);
        Assert.Contains("[2, 3, 32, 32]", Assert.Throws<ArgumentException>(() => NetworkRelevance.Of(network, rand(2, 3, 32, 32), 0, ExplanationMethod.GradCam)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => NetworkRelevance.Of(network, image, 0, (ExplanationMethod)77));
        network.train();
        Assert.Contains("call eval()", Assert.Throws<ArgumentException>(() => NetworkRelevance.Of(network, image, 0, ExplanationMethod.GradCam)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_are_decoded_within_the_classifiers_limits_and_weights_that_are_no_numbers_are_reported()
    {
        using var classifier = TinyClassifiers.Create(3);
        classifier.Decoding = ImageDecodingOptions.ForPrediction with { MaxPixels = 900 };
        var png = TestImages.Encode(new TinyImage(3, 1).Decode());
        Assert.True(Assert.Throws<UnreadableImageException>(() => classifier.Explain(new EncodedImage(png, "upload"))).ExceedsLimit);

        using var scope = NewDisposeScope();
        using var network = ExplainedNetwork.Create(TinyBackbones.Transformer);
        using (no_grad())
        {
            network.parameters().Last().fill_(float.NaN);
            network.parameters().SkipLast(1).Last().fill_(float.NaN);
        }

        foreach (var method in NetworkRelevance.Suitable(network).Where(method => method != ExplanationMethod.AttentionRollout))
        {
            Assert.Contains("not finite", Assert.Throws<CassException>(() => NetworkRelevance.Of(network, ExplainedNetwork.Image(), 0, method)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Nothing_native_stays_and_the_network_is_as_it_was(string name)
    {
        using var classifier = TinyClassifiers.Create(3, name);
        var image = new TinyImage(2, 9);
        var before = classifier.Predict(image).Probabilities;
        _ = classifier.Explain(image, options: Quick);
        var alive = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var method in NetworkRelevance.Suitable(classifier.Network))
        {
            _ = classifier.Explain(image, method, options: Quick);
            Assert.Equal(alive, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        Assert.All(classifier.Network.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.Equal(before, classifier.Predict(image).Probabilities);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => classifier.Explain(image, cancellationToken: cancelled.Token));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Several_threads_and_callers_without_gradients_get_the_same(string name)
    {
        using var classifier = TinyClassifiers.Create(3, name);
        var image = new TinyImage(2, 9);
        foreach (var method in NetworkRelevance.Suitable(classifier.Network))
        {
            var expected = classifier.Explain(image, method, options: Quick).Relevance.Values.ToArray();
            using (inference_mode())
            {
                Assert.Equal(expected, classifier.Explain(image, method, options: Quick).Relevance.Values.ToArray());
            }

            Parallel.For(0, 4, _ => Assert.Equal(expected, classifier.Explain(image, method, options: Quick).Relevance.Values.ToArray()));
        }
    }
}
