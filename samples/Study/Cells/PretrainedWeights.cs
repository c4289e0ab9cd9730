using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cass;
using Cass.Models;
using Cass.Training;
using Study.Images;
using Study.Methods;
using Study.Running;

namespace Study.Cells;

/// <summary>
/// The pretrained weights that a cell fine-tunes. Cells whose pretraining has all settings in common share it: the first one trains, and
/// keeps the weights in the study's folder.
/// </summary>
internal sealed class PretrainedWeights(StudyFolder folder, Cell cell, StudyImages images, string? imageNetWeights, IProgress<TrainingProgress> progress)
{
    private const string DoneFile = "done.json";
    private readonly TrainerOf trainers = new(cell, imageNetWeights, images.Training.Count);

    /// <summary>Whether any of the weights were trained here, not found.</summary>
    public bool Trained { get; private set; }

    /// <summary>Loads the networks' weights, after pretraining where it has not been done yet.</summary>
    /// <param name="cnn">Gets the weights; it has the initial ones.</param>
    /// <param name="transformer">The same.</param>
    /// <returns>The epochs, by run: one of both networks, one for each, or none.</returns>
    public IReadOnlyDictionary<string, IReadOnlyList<PretrainingHistory>> Load(Backbone cnn, Backbone transformer)
    {
        var runs = new Dictionary<string, IReadOnlyList<PretrainingHistory>>(StringComparer.Ordinal);
        if (trainers.Method.EpochsOf(cell.Budget) == 0)
        {
            return runs;
        }

        (string Name, Backbone[] Networks)[] trained = trainers.Method.Networks switch
        {
            TrainedNetworks.Pair => [("pair", [cnn, transformer])],
            TrainedNetworks.Each => [("cnn", [cnn]), ("vit", [transformer])],
            TrainedNetworks.Transformer => [("vit", [transformer])],
            _ => [],
        };
        foreach (var (name, networks) in trained)
        {
            runs.Add(name, Load(name, networks));
        }

        return runs;
    }

    private IReadOnlyList<PretrainingHistory> Load(string run, Backbone[] networks)
    {
        var path = folder.Pretraining(Key(run));
        // A process that measures another cell may be at the same pretraining; then there is nothing to do but wait for it.
        using var held = FileLock.Take(Path.Combine(path, "lock"), TimeSpan.MaxValue);
        var done = Path.Combine(path, DoneFile);
        if (!File.Exists(done))
        {
            Trained = true;
            var checkpoints = Path.Combine(path, "checkpoints");
            var history = Train(run, checkpoints, network => BackboneWeights.Save(network, FileOf(path, network)));
            AtomicFile.WriteText(done, JsonSerializer.Serialize(history, StudyJson.Options));
            Directory.Delete(checkpoints, recursive: true);
        }

        foreach (var network in networks)
        {
            BackboneWeights.Load(network, FileOf(path, network));
        }

        return StudyJson.Read<IReadOnlyList<PretrainingHistory>>(done);

        static string FileOf(string path, Backbone network) => Path.Combine(path, $"{network.ModelName}.safetensors");
    }

    private PretrainingHistory[] Train(string run, string checkpoints, Action<Backbone> save)
    {
        using var trainer = trainers.Pretraining(checkpoints);
        if (trainers.Method.Create is not { } create)
        {
            var history = trainer.Pretrain(images.Training.Images, progress).History;
            save(trainer.Cnn);
            save(trainer.Transformer);
            return [.. history.Select(PretrainingHistory.Of)];
        }

        var (network, other) = run is "cnn" ? (trainer.Cnn, trainer.Transformer) : (trainer.Transformer, trainer.Cnn);
        var options = trainer.Options;
        using var method = create(network, other, cell.Size);
        using var pretrainer = new Pretrainer(method, options.Pretraining, options);
        var result = pretrainer.Run(images.Training.Images, progress);
        save(result.Backbones.Values.Single());
        return [.. result.History.Select(PretrainingHistory.Of)];
    }

    /// <summary>A name that no pretraining with another setting has.</summary>
    private string Key(string run)
    {
        using var trainer = trainers.Pretraining(checkpoints: null);
        var options = trainer.Options;

        // How images are loaded changes nothing of what is learned.
        options.Pretraining.Loading = new LoadingOptions();
        object? method = options.Method;
        if (trainers.Method.Create is { } create)
        {
            using var made = create(run is "cnn" ? trainer.Cnn : trainer.Transformer, run is "cnn" ? trainer.Transformer : trainer.Cnn, cell.Size);
            method = made.Options;
        }

        // The published recipes are CASS with other options, and share a pretraining where these are equal.
        var name = trainers.Method.Create is null ? "cass" : cell.Method;
        var weights = cell.Start == StartingWeights.ImageNet ? Fingerprint(imageNetWeights!) : string.Empty;
        var settings = JsonSerializer.Serialize(
            new
            {
                images.Fingerprint,
                Method = name,
                Run = run,
                Options = method,
                options.Pretraining,
                options.Images,
                options.Seed,
                options.Precision,
                Networks = new[] { options.Cnn.Name, options.Transformer.Name },
                options.Transformer.DynamicImageSize,
                weights,
            },
            StudyJson.Options);
        return $"{name}-{run}-seed{cell.Seed}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)))[..10]}";
    }

    private static string Fingerprint(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..10];
    }
}
