using System.Text.Json;
using Cass.Explain;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Explain;

public sealed class TokenAttentionTests
{
    [Theory]
    [InlineData(TinyBackbones.Transformer, null)]
    [InlineData(TinyBackbones.Distilled, null)]
    [InlineData(TinyBackbones.Transformer, GlobalPooling.Average)]
    public void Written_out_attention_gives_the_networks_features_and_gradients(string name, GlobalPooling? pooling)
    {
        using var scope = NewDisposeScope();
        using var network = (VisionTransformer)ExplainedNetwork.Create(name, ScalarType.Float64, pooling: pooling);
        var images = DeterministicFill.Images(2, 3, 32, 32).to(ScalarType.Float64);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var (features, attention) = network.ForwardWithAttention(images);
        Assert.Equal(before + 3, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(2, attention.Count);
        var tokens = network.PrefixTokens + 16;
        Assert.All(attention, weights =>
        {
            Assert.Equal([2, 2, tokens, tokens], weights.shape);
            Assert.True(weights.sum(-1).allclose(ones([2, 2, tokens], ScalarType.Float64)));
        });
        Assert.True(features.allclose(network.ForwardFeatures(images), 1e-12, 1e-12));
        features.square().sum().backward();
        var written = network.Blocks.parameters().Select(p => p.grad!.clone()).ToArray();
        network.zero_grad();
        network.ForwardFeatures(images).square().sum().backward();
        Assert.All(network.Blocks.parameters().Zip(written), pair => Assert.True(pair.First.grad!.allclose(pair.Second, 1e-9, 1e-9)));
    }

    [Fact]
    public void Rollout_of_two_blocks_is_the_product_by_hand()
    {
        using var scope = NewDisposeScope();
        using var network = (VisionTransformer)ExplainedNetwork.Create(TinyBackbones.Transformer, ScalarType.Float64, 16, 16);
        var image = ExplainedNetwork.Image(ScalarType.Float64, 16, 16);
        var (_, attention) = network.ForwardWithAttention(image);
        const int Tokens = 5;
        var blocks = attention.Select(weights => weights.flatten().data<double>().ToArray()).ToArray();
        var expected = new double[Tokens];
        for (var to = 0; to < Tokens; to++)
        {
            for (var over = 0; over < Tokens; over++)
            {
                expected[to] += Mixed(1, 0, over) * Mixed(0, over, to);
            }
        }

        Assert.Equal(1, expected.Sum(), 1e-9);
        var map = NetworkRelevance.Of(network, image, 2, ExplanationMethod.AttentionRollout).Map;
        Assert.Equal((2, 2), (map.Height, map.Width));
        Assert.All(expected.Skip(1).Zip(map.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));

        // The mean of two heads, half and half with the identity.
        double Mixed(int block, int row, int column) =>
            (0.5 * (blocks[block][(row * Tokens) + column] + blocks[block][(Tokens * Tokens) + (row * Tokens) + column]) / 2) + (row == column ? 0.5 : 0);
    }

    [Trait("Category", "Reference")]
    [Fact]
    public void Rollout_and_relevance_are_those_of_transformers_written_out_in_Python()
    {
        var cases = 0;
        foreach (var entry in ReferenceFolder.Json("explain_attention*.json").SelectMany(file => file.Document.RootElement.EnumerateArray()))
        {
            using var scope = NewDisposeScope();
            var (height, width) = (entry.GetProperty("height").GetInt32(), entry.GetProperty("width").GetInt32());
            var pooling = entry.GetProperty("average").GetBoolean() ? GlobalPooling.Average : (GlobalPooling?)null;
            using var network = ExplainedNetwork.Create(entry.GetProperty("name").GetString()!, ScalarType.Float64, height, width, pooling);
            var image = ExplainedNetwork.Image(ScalarType.Float64, height, width);
            var target = entry.GetProperty("class").GetInt32();
            AssertClose(entry.GetProperty("logits"), network.forward(image).flatten().data<double>().ToArray().Select(value => (float)value));

            // Frozen weights make no difference.
            foreach (var frozen in new[] { false, true })
            {
                Assert.All(network.parameters(), parameter => parameter.requires_grad = !frozen);
                AssertClose(entry.GetProperty("rollout"), NetworkRelevance.Of(network, image, target, ExplanationMethod.AttentionRollout).Map.Values.ToArray());
                AssertClose(entry.GetProperty("relevance"), NetworkRelevance.Of(network, image, target, ExplanationMethod.AttentionRelevance).Map.Values.ToArray());
            }

            cases++;
        }

        Assert.NotEqual(0, cases);

        static void AssertClose(JsonElement expected, IEnumerable<float> actual)
        {
            var values = expected.EnumerateArray().Select(value => value.GetDouble()).ToArray();
            var largest = values.Max(Math.Abs);
            Assert.Equal(values.Length, actual.Count());
            Assert.All(values.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * largest));
        }
    }

    [Fact]
    public void A_network_of_any_image_size_is_explained_on_the_grid_of_the_image()
    {
        using var scope = NewDisposeScope();
        using var network = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { NumClasses = 3, DynamicImageSize = true });
        network.eval();
        foreach (var method in new[] { ExplanationMethod.AttentionRollout, ExplanationMethod.AttentionRelevance })
        {
            var map = NetworkRelevance.Of(network, rand(1, 3, 40, 24), 0, method).Map;
            Assert.Equal((5, 3), (map.Height, map.Width));
        }
    }
}
