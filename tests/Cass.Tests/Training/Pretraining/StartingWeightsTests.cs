using System.IO.Hashing;
using System.Text;
using System.Text.Json.Nodes;
using Cass.Training;
using TorchSharp;
using Xunit;

namespace Cass.Tests.Training.Pretraining;

/// <summary>A run goes on only with networks that begin with the weights that it began with.</summary>
public sealed class StartingWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void Another_network_than_that_of_the_checkpoint_is_refused_and_keeps_its_weights(int cancelAfter)
    {
        using (var first = new PlainMethod(seed: 1))
        {
            Pretrain(first, cancelAfter);
        }

        using var other = new PlainMethod(seed: 2);
        var weights = TinyTraining.Weights(other.Network);
        var error = Assert.Throws<CheckpointMismatchException>(() => Pretrain(other));
        Assert.StartsWith("InitialWeights.network was ", Assert.Single(error.Differences), StringComparison.Ordinal);
        Assert.Contains("seed TorchSharp before the network is made", error.Message, StringComparison.Ordinal);
        Assert.Equal(weights, TinyTraining.Weights(other.Network));

        using var same = new PlainMethod(seed: 1);
        Assert.Equal(2, Pretrain(same)!.Count);
    }

    [Fact]
    public void Networks_that_a_run_left_in_this_process_go_on_and_end_as_an_undisturbed_run_does()
    {
        using var undisturbed = new PlainMethod();
        undisturbed.Pretrain();

        // Cancelled with a checkpoint of the last step; failed, with weights that no checkpoint has; and done.
        using var method = new PlainMethod();
        using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 2, BatchSize = 4 }, new RunOptions { Device = "cpu", Checkpoints = { Folder = folder.Path } }, method.Logger);
        using var cancellation = new CancellationTokenSource();
        var images = TinyTraining.Images(16).Images;
        Assert.Throws<OperationCanceledException>(() => pretrainer.Run(images, At(2, cancellation.Cancel), cancellation.Token));
        Assert.Throws<TimeZoneNotFoundException>(() => pretrainer.Run(images, At(3, () => throw new TimeZoneNotFoundException())));
        Assert.Equal(2, pretrainer.Run(images, cancellationToken: TestContext.Current.CancellationToken).History.Count);
        Assert.Equal(TinyTraining.Weights(undisturbed.Network), TinyTraining.Weights(method.Network));
        Assert.Equal(2, pretrainer.Run(images, cancellationToken: TestContext.Current.CancellationToken).History.Count);

        // What somebody else has done to them in between is noticed.
        using (torch.no_grad())
        {
            method.Network.parameters().First().add_(1);
        }

        Assert.Throws<CheckpointMismatchException>(() => pretrainer.Run(images, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_trainer_goes_on_with_its_own_networks_after_a_check_of_its_plan()
    {
        using var trainer = TinyTraining.Builder().CheckpointTo(folder.Path).Build();
        var images = TinyTraining.Images(16);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => trainer.Pretrain(images.Images, At(1, cancellation.Cancel), cancellation.Token));
        trainer.CheckPlan(new RunPlan { Unlabeled = images.Images });
        Assert.Single(trainer.Pretrain(images.Images, cancellationToken: TestContext.Current.CancellationToken).History);

        using var other = TinyTraining.Builder().Build();
        torch.random.manual_seed(5);
        using var pair = Methods.TinyMethods.Network(Models.TinyBackbones.ResNet, seed: 12);
        using (torch.no_grad())
        {
            trainer.Cnn.parameters().First().add_(1);
        }

        Assert.Contains("InitialWeights.cnn", Assert.Throws<CheckpointMismatchException>(() => trainer.CheckPlan(new RunPlan { Unlabeled = images.Images })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_starts_again_begins_with_the_weights_that_are_there()
    {
        using var method = new PlainMethod();
        Pretrain(method);
        Restart(method);

        // The second run began with what the first had learned: not with what a fresh network has.
        using var fresh = new PlainMethod();
        Assert.Throws<CheckpointMismatchException>(() => Pretrain(fresh));

        void Restart(PlainMethod trained)
        {
            using var pretrainer = new Pretrainer(trained, new PretrainingOptions { Epochs = 2, BatchSize = 4 }, new RunOptions { Device = "cpu", Checkpoints = { Folder = folder.Path, Resume = false } }, trained.Logger);
            pretrainer.Run(TinyTraining.Images(16).Images);
        }
    }

    [Fact]
    public void A_checkpoint_of_an_earlier_version_goes_on_whatever_the_network_began_with_each_time()
    {
        using (var first = new PlainMethod(seed: 1))
        {
            Assert.Null(Pretrain(first, cancelAfter: 3));
        }

        foreach (var path in Directory.GetFiles(folder.Path, "*.json"))
        {
            Strip(path, "InitialWeights");
            Strip(path, "Pretraining", "Optimizer", "TrustCoefficient");
        }

        using (var second = new PlainMethod(seed: 2))
        {
            Assert.Null(Pretrain(second, cancelAfter: 2));
        }

        using var third = new PlainMethod(seed: 3);
        Assert.Equal(2, Pretrain(third)!.Count);
    }

    /// <summary>Makes a checkpoint one that does not know a setting, by its documented form: a hash of the content beside it.</summary>
    internal static void Strip(string path, params string[] setting)
    {
        var content = (JsonObject)JsonNode.Parse(File.ReadAllText(path))!["checkpoint"]!.DeepClone();
        Assert.True(setting.SkipLast(1).Aggregate((JsonObject)content["settings"]!, (node, name) => (JsonObject)node[name]!).Remove(setting[^1]));
        var hash = Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(content.ToJsonString())));
        File.WriteAllText(path, new JsonObject { ["xxh128"] = hash, ["checkpoint"] = content }.ToJsonString());
    }

    private static Observer At(int batch, Action act)
    {
        var batches = 0;
        return new Observer(_ =>
        {
            if (++batches == batch)
            {
                act();
            }
        });
    }

    private IReadOnlyList<PretrainingEpoch>? Pretrain(PlainMethod method, int cancelAfter = int.MaxValue)
    {
        using var cancellation = new CancellationTokenSource();
        using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 2, BatchSize = 4 }, new RunOptions { Device = "cpu", Checkpoints = { Folder = folder.Path } }, method.Logger);
        try
        {
            return pretrainer.Run(TinyTraining.Images(16).Images, At(cancelAfter, cancellation.Cancel), cancellation.Token).History;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
