using Cass;
using Cass.Data;
using Cass.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Phantoms;

namespace GenericHost;

/// <summary>Trains once in the background of the host, then stops it. Where the host is stopped first, the next start goes on from there.</summary>
internal sealed partial class TrainingService(
    IServiceScopeFactory scopes,
    IOptions<DataOptions> options,
    IHostApplicationLifetime lifetime,
    ILogger<TrainingService> logger) : BackgroundService
{
    /// <summary>What the process is to end with: 0, 2 where the images or settings cannot be trained with, 130 where it was stopped.</summary>
    public int ExitCode { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Training computes for hours, and has a thread of its own.
            await Task.Factory.StartNew(() => Train(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            ExitCode = 130;
            LogStopped();
        }
        catch (CassException error)
        {
            ExitCode = 2;
            LogFailure(error.Message);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private void Train(CancellationToken stoppingToken)
    {
        // A trainer is a service of a scope: its networks are released with it.
        using var scope = scopes.CreateScope();
        var trainer = scope.ServiceProvider.GetRequiredService<CassTrainer>();
        var progress = new ProgressLog(logger);
        var (train, test) = Images().SplitByGroup(options.Value.TestFraction, seed: 77, stratify: true);
        trainer.CheckPlan(new RunPlan { Unlabeled = train.Images, Train = train, Test = test, Networks = [trainer.Cnn] }, stoppingToken);
        trainer.Pretrain(train.Images, progress, stoppingToken);
        using var classifier = trainer.FineTune(trainer.Cnn, train, progress: progress, cancellationToken: stoppingToken);
        LogResult(classifier.Evaluate(test, cancellationToken: stoppingToken));
        classifier.Save(options.Value.Classifier);
        trainer.DeleteCheckpoints();
        LogSaved(options.Value.Classifier);
    }

    private ImageDataset Images()
    {
        if (options.Value.Folder is not { Length: > 0 } folder)
        {
            return PhantomPatients.OfOneClass(options.Value.PhantomPatients);
        }

        // Images that look alike stay on one side of the split.
        var images = ImageFolder.Read(folder);
        return images.WithGroups(DuplicateClusters.Find(images).Groups);
    }

    [LoggerMessage(2, LogLevel.Information, "{Report}")]
    private partial void LogResult(EvaluationReport report);

    [LoggerMessage(3, LogLevel.Information, "The classifier is in {Folder}.")]
    private partial void LogSaved(string folder);

    [LoggerMessage(4, LogLevel.Warning, "Stopped. The next start goes on from here.")]
    private partial void LogStopped();

    [LoggerMessage(5, LogLevel.Error, "{Problem}")]
    private partial void LogFailure(string problem);
}
