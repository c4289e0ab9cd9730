using Xunit;

namespace Cass.Tests.Serving;

/// <summary>What is written where somebody writes a prediction or a step of progress to the console.</summary>
public sealed class PrintedTests
{
    [Theory]
    [InlineData("b", "scan.png: b (b 87.5 %, c 50.3 %, a 0.1 %)")]
    [InlineData("b,c", "scan.png: b (b 87.5 %, c 50.3 %, a 0.1 %); labels above their thresholds: b, c")]
    [InlineData("", "scan.png: b (b 87.5 %, c 50.3 %, a 0.1 %); no label above its threshold")]
    public void A_prediction_is_a_line(string labels, string expected)
    {
        var prediction = new Prediction("scan.png", "b", 0.875, labels.Split(',', StringSplitOptions.RemoveEmptyEntries), [new("a", 0.001), new("b", 0.875), new("c", 0.503)]);
        Assert.Equal(expected, prediction.ToString());
    }

    [Fact]
    public void Progress_is_a_line()
    {
        var progress = new TrainingProgress
        {
            Phase = TrainingPhase.Pretraining,
            Network = "resnet18 + vit_tiny",
            Epoch = 3,
            Epochs = 20,
            Batch = 45,
            Batches = 71,
            MeanLoss = 0.12345,
            ImagesPerSecond = 52.4,
            TimeLeft = new TimeSpan(1, 2, 3, 4),
        };
        Assert.Equal("Pretraining resnet18 + vit_tiny: epoch 3 of 20, batch 45 of 71, loss 0.1235, 52 images/s, 26:03:04 left", progress.ToString());
        Assert.Equal("Pretraining resnet18 + vit_tiny: epoch 3 of 20, batch 45 of 71, 52 images/s, 26:03:04 left", (progress with { MeanLoss = null }).ToString());
    }
}
