using Cass.Training;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>What was disposed says so by its own name, not by that of an empty tensor.</summary>
public sealed class DisposedTests
{
    [Fact]
    public void A_disposed_trainer_names_itself()
    {
        var trainer = TinyTraining.Builder().Build();
        var (network, tuner) = (trainer.Cnn, trainer.FineTuner);
        trainer.Dispose();
        Names<CassTrainer>(() => _ = trainer.Cnn);
        Names<CassTrainer>(() => _ = trainer.Transformer);
        Names<CassTrainer>(() => trainer.Pretrain(TinyTraining.Images(16).Images));
        Names<CassTrainer>(() => trainer.CheckPlan(new RunPlan { Train = TinyTraining.Images(16) }));
        Names<FineTuner>(() => trainer.FineTune(network, TinyTraining.Images(16)));
        Names<FineTuner>(() => tuner.FineTune(network, TinyTraining.Images(16)));
        trainer.Dispose();
    }

    [Fact]
    public void A_disposed_network_names_itself()
    {
        using var trainer = TinyTraining.Builder().Build();
        var network = trainer.Cnn.Copy();
        using var images = zeros(1, 3, 32, 32);
        network.Dispose();
        Assert.Contains(network.GetType().Name, Assert.Throws<ObjectDisposedException>(() => network.forward(images)).ObjectName, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => network.ForwardPooled(images));
        Assert.Throws<ObjectDisposedException>(() => network.state_dict());
        Assert.Throws<ObjectDisposedException>(network.Copy);
    }

    [Fact]
    public void A_disposed_classifier_and_pretrainer_name_themselves()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Epochs = 1).Build();
        var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        classifier.Dispose();
        Names<ImageClassifier>(() => classifier.Predict(TinyTraining.Images(4).Images));
        Names<ImageClassifier>(() => classifier.Embed(TinyTraining.Images(4).Images));
        Names<ImageClassifier>(() => classifier.Evaluate(TinyTraining.Images(4)));
        using var folder = new TemporaryFolder();
        Names<ImageClassifier>(() => classifier.Save(folder.Path));

        using var method = new SimSiamMethod(trainer.Cnn, new SimSiamMethodOptions { ProjectionWidth = 32, PredictorWidth = 8 });
        var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 1, BatchSize = 4 }, new RunOptions { Device = "cpu", Images = { Height = 32 } });
        pretrainer.Dispose();
        Names<Pretrainer>(() => pretrainer.Run(TinyTraining.Images(16).Images));
    }

    private static void Names<T>(Action use) =>
        Assert.EndsWith(typeof(T).Name, Assert.Throws<ObjectDisposedException>(use).ObjectName, StringComparison.Ordinal);
}
