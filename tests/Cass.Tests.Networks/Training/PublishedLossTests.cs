using Cass.Data;
using Cass.Tests.Order;
using Cass.Training;
using TorchSharp;
using Xunit;

namespace Cass.Tests.Training;

/// <summary>
/// What the notebooks printed of pretraining, at the size they ran at: ResNet-50 and ViT-B/16 at 384×384 from timm's ImageNet weights, on the brain MRI training images.
/// It takes minutes to hours on a GPU, and has not been run yet.
/// </summary>
[Trait("Category", "Long")]
public sealed class PublishedLossTests
{
    private const string WeightsVariable = "CASS_PUBLISHED_WEIGHTS";

    [Fact]
    public void The_authors_release_stays_near_the_loss_that_it_printed()
    {
        // From 1.97 down to 1.93 in 73 epochs, by batch norm's statistics alone; the printed loss is that of one batch.
        var losses = LastLosses(CassRecipe.AuthorsRelease, epochs: 2, until: 0);

        Assert.All(losses, loss => Assert.InRange(loss, 1.85, 2.05));
    }

    [Fact]
    public void The_later_notebook_collapses_within_30_epochs_as_it_printed()
    {
        var losses = LastLosses(CassRecipe.NotebookFaithful, epochs: 30, until: 1e-6);

        Assert.InRange(losses[^1], 0, 1e-6);
    }

    /// <summary>The loss of the last batch of each epoch, which is what is printed, up to the first that is low enough.</summary>
    private static List<double> LastLosses(CassRecipe recipe, int epochs, double until)
    {
        var (weights, images) = (Environment.GetEnvironmentVariable(WeightsVariable), Environment.GetEnvironmentVariable("CASS_BRAIN_MRI"));
        Assert.SkipUnless(LongTests.AreWanted && torch.cuda.is_available(), "Set CASS_LONG_TESTS on a machine with a GPU.");
        Assert.SkipWhen(weights is null || images is null, $"Set {WeightsVariable} to a folder with timm's resnet50.safetensors and vit_base_patch16_384.safetensors, and CASS_BRAIN_MRI to the training images.");
        using var trainer = CassTrainer.CreateBuilder()
            .UseCnn("resnet50", Path.Combine(weights, "resnet50.safetensors"))
            .UseTransformer("vit_base_patch16_384", Path.Combine(weights, "vit_base_patch16_384.safetensors"))
            .UseRecipe(recipe)
            .WithImageSize(384)
            .ConfigurePretraining(o => o.Epochs = epochs)
            .Build();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var losses = new List<double>();
        trainer.PretrainingEpochEnded += (_, epoch) =>
        {
            losses.Add(epoch.LastLoss);
            if (epoch.LastLoss <= until)
            {
                stop.Cancel();
            }
        };
        try
        {
            trainer.Pretrain(ImageFolder.Read(images).Images, cancellationToken: stop.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            // It is low enough.
        }

        return losses;
    }
}
