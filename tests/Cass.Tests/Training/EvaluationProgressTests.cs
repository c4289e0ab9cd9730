using Cass.Training;
using Xunit;

namespace Cass.Tests.Training;

/// <summary>What evaluations tell of themselves.</summary>
public sealed class EvaluationProgressTests
{
    [Fact]
    public void Progress_of_an_evaluation_has_no_loss_and_speaks_of_none()
    {
        using var trainer = TinyTraining.Builder().UseLogger(new LogLines()).ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        using var ensemble = new ClassifierEnsemble(classifier);
        var told = new List<TrainingProgress>();

        classifier.Evaluate(TinyTraining.Images(8, firstSeed: 100), progress: new Observer(told.Add), cancellationToken: TestContext.Current.CancellationToken);
        ensemble.Evaluate(TinyTraining.Images(8, firstSeed: 100), progress: new Observer(told.Add), cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotEmpty(told);
        Assert.All(told, progress =>
        {
            Assert.Equal((null, null), (progress.Loss, progress.MeanLoss));
            Assert.DoesNotContain("loss", progress.ToString(), StringComparison.OrdinalIgnoreCase);
        });
    }
}
