using System.Security.Cryptography;
using Cass.Data;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.TorchVision;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.TorchVision;

/// <summary>A MobileNet v3 as the CNN of a pair, from pretraining to a saved classifier.</summary>
public sealed class TorchVisionTrainingTests : IDisposable
{
    private const string Name = "torchvision_mobilenet_v3_small";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_is_pretrained_fine_tuned_saved_and_loaded_and_a_canceled_run_ends_bit_equal_dropout_included()
    {
        var saved = folder["saved"];
        var undisturbed = Run(null, cancelAfter: int.MaxValue, saved);
        Assert.NotNull(undisturbed);
        using (var loaded = ImageClassifier.Load(saved, TrainingDevice.Cpu, Registry()))
        {
            Assert.Equal(Name, loaded.Network.ModelName);
            Assert.EndsWith(Probabilities(loaded), undisturbed, StringComparison.Ordinal);
        }

        Assert.Contains(Name, Assert.Throws<UnknownBackboneException>(() => ImageClassifier.Load(saved, TrainingDevice.Cpu)).Message, StringComparison.Ordinal);

        // In pretraining, then in fine-tuning.
        Assert.Null(Run(folder["checkpoints"], cancelAfter: 1));
        Assert.Null(Run(folder["checkpoints"], cancelAfter: 3));
        Assert.Equal(undisturbed, Run(folder["checkpoints"], cancelAfter: int.MaxValue));
    }

    [Fact]
    public void Its_last_stages_alone_are_trained_where_the_settings_say_so()
    {
        using var trainer = Builder(null).ConfigureFineTuning(o => (o.Scope, o.TrainedStages, o.Epochs) = (FineTuningScope.LastStages, 2, 1)).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(8));
        var (started, ended) = (TinyTraining.Weights(trainer.Cnn), TinyTraining.Weights(classifier.Network));
        var moved = ended.Keys.Where(key => !key.StartsWith("classifier.3.", StringComparison.Ordinal) && !started[key].SequenceEqual(ended[key]));
        Assert.Equal(["classifier.0", "features.12"], moved.Select(key => string.Join('.', key.Split('.').Take(2))).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_size_that_the_network_does_not_take_is_refused_when_the_trainer_is_built()
    {
        var error = Assert.Throws<CassInputException>(() => Builder(null).UseCnn("torchvision_inception_v3").WithImageSize(64).Build());
        Assert.Contains("'torchvision_inception_v3' takes images of 75x75 pixels or more", error.Message, StringComparison.Ordinal);
    }

    private static BackboneRegistry Registry() => TinyBackbones.Registry().RegisterTorchVision();

    private static CassTrainerBuilder Builder(string? checkpoints)
    {
        var builder = TinyTraining.Builder().UseRegistry(Registry()).UseCnn(Name);
        return checkpoints is null ? builder : builder.CheckpointTo(checkpoints);
    }

    private static string? Run(string? checkpoints, int cancelAfter, string? savedTo = null)
    {
        var images = TinyTraining.Images(16);
        using var trainer = Builder(checkpoints).Build();
        using var cancellation = new CancellationTokenSource();
        var steps = 0;
        var progress = new Observer(_ =>
        {
            if (++steps == cancelAfter)
            {
                cancellation.Cancel();
            }
        });
        try
        {
            trainer.Pretrain(images.Images, progress, cancellation.Token);
            using var classifier = trainer.FineTune(trainer.Cnn, images, images, progress, cancellation.Token);
            if (savedTo is not null)
            {
                classifier.Save(savedTo);
            }

            return Fingerprint(trainer.Cnn) + Fingerprint(trainer.Transformer) + Fingerprint(classifier.Network) + string.Join(' ', classifier.History.Select(row => row.Loss)) + Probabilities(classifier);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static string Probabilities(ImageClassifier classifier) => string.Join(' ', classifier.Predict(new TinyImage(1, 1)).Probabilities.Select(p => p.Probability));

    private static string Fingerprint(nn.Module module)
    {
        using var scope = NewDisposeScope();
        return Convert.ToHexString(SHA256.HashData(module.state_dict().Values.SelectMany(t => t.detach().contiguous().bytes.ToArray()).ToArray()));
    }
}
