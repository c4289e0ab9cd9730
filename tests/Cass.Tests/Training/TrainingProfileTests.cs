using Cass.Data;
using Cass.Tests.Models;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Training;

public sealed class TrainingProfileTests
{
    [Fact]
    public void Both_phases_measure_every_step_and_every_image()
    {
        using var trainer = CassTrainer.CreateBuilder()
            .UseRegistry(TinyBackbones.Registry())
            .UseCnn(TinyBackbones.ResNet)
            .UseTransformer(TinyBackbones.Transformer)
            .WithImageSize(32)
            .OnDevice(TrainingDevice.Cpu)
            .ConfigureMethod(o => o.ProjectorWidth = 16)
            .ConfigurePretraining(o => (o.Epochs, o.BatchSize) = (2, 8))
            .ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (1, 8))
            .Build();
        var images = ImageDataset.FromImages(
            Enumerable.Range(0, 32).Select(i => ((IImageSource)new TinyImage(i % 4, i), TinyImage.Labels[i % 4])),
            TinyImage.Labels);
        var profile = trainer.Profile = new TrainingProfile();
        trainer.Pretrain(images.Images, cancellationToken: TestContext.Current.CancellationToken);

        // Two epochs of four batches; each image is decoded once an epoch at the most and augmented once for both views.
        foreach (var section in new[] { TrainingProfile.Transfer, TrainingProfile.Forward("cnn"), TrainingProfile.Forward("transformer"), TrainingProfile.Loss, TrainingProfile.Backward, TrainingProfile.Optimizer, TrainingProfile.Logging })
        {
            Assert.Equal(8, Count(section));
        }

        Assert.Equal(64, Count(TrainingProfile.Decode));
        Assert.Equal(64, Count(TrainingProfile.Augment));
        Assert.All(profile.Sections, s => Assert.True(s.Time > TimeSpan.Zero, s.Name));

        profile.Reset();
        using var classifier = trainer.FineTune(trainer.Cnn, images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(4, Count(TrainingProfile.Forward(TinyBackbones.ResNet)));
        Assert.Equal(4, Count(TrainingProfile.Backward));
        Assert.Equal(0, Count(TrainingProfile.Forward("cnn")));

        long Count(string section) => profile.Sections.SingleOrDefault(s => s.Name == section)?.Count ?? 0;
    }

    [Fact]
    public void Threads_add_to_the_same_section()
    {
        var profile = new TrainingProfile();
        Parallel.For(0, 100, _ =>
        {
            using (profile.Measure("work"))
            {
                Thread.SpinWait(100);
            }
        });
        var section = Assert.Single(profile.Sections);
        Assert.Equal(("work", 100L), (section.Name, section.Count));
        Assert.Contains("| work | 100 |", profile.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_measurement_measures_nothing()
    {
        TrainingProfile.Measurement nothing = default;
        nothing.Dispose();
    }
}
