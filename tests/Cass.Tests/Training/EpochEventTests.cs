using Cass.Training;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cass.Tests.Training;

public sealed class EpochEventTests
{
    [Fact]
    public void Every_epoch_is_told_with_its_row_of_the_history()
    {
        using var trainer = TinyTraining.Builder().ConfigurePretraining(o => o.Epochs = 2).Build();
        var (pretraining, fineTuning) = (new List<PretrainingEpoch>(), new List<FineTuningEpoch>());
        trainer.PretrainingEpochEnded += (sender, row) =>
        {
            Assert.Same(trainer, sender);
            pretraining.Add(row);
        };
        trainer.FineTuningEpochEnded += (_, row) => fineTuning.Add(row);

        var pretrained = trainer.Pretrain(TinyTraining.Images(8).Images);
        Assert.Equal(pretrained.History, pretraining);
        Assert.Empty(fineTuning);

        using var classifier = trainer.FineTune(trainer.Transformer, TinyTraining.Images(8));
        Assert.Equal(classifier.History, fineTuning);
        Assert.Equal(2, pretraining.Count);
    }

    [Fact]
    public void An_exception_of_a_handler_ends_the_run()
    {
        using var trainer = TinyTraining.Builder().ConfigurePretraining(o => o.Epochs = 2).Build();
        trainer.PretrainingEpochEnded += (_, row) => throw new InvalidOperationException($"after {row.Epoch}");
        Assert.Equal("after 1", Assert.Throws<InvalidOperationException>(() => trainer.Pretrain(TinyTraining.Images(8).Images)).Message);
    }

    [Fact]
    public void Without_a_logger_warnings_are_written_and_nothing_else()
    {
        using var written = new StringWriter();
        ILogger logger = new WarningLogger(written);
        logger.LogInformation("an epoch");
        logger.LogWarning("The networks have collapsed in epoch {Epoch}.", 3);
        logger.LogError("worse");
        Assert.Equal(["CASS warning: The networks have collapsed in epoch 3.", "CASS error: worse"], written.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }
}
