using Cass.Data;
using Cass.Models;
using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>
/// Composes a <see cref="CassTrainer"/>. The recipe is applied first, then everything else in the order of the calls;
/// nothing is looked at before <see cref="Build"/>, which checks all settings at once.
/// </summary>
public sealed class CassTrainerBuilder
{
    private readonly List<Action<CassOptions>> configurations = [];
    private readonly List<string> warnings = [];
    private CassRecipe recipe = CassRecipe.Recommended;
    private SettingNames settingNames = SettingNames.Properties;
    private ILogger? logger;
    private BackboneRegistry? registry;
    private ChosenNetworks chosen;
    private IProcessGroup? processGroup;
    private Func<CassTrainer, ISelfSupervisedMethod>? createMethod;

    internal CassTrainerBuilder()
    {
    }

    /// <summary>Chooses the convolutional network. Without a transformer chosen as well, the trainer has this network alone, and fine-tunes it.</summary>
    /// <param name="name">Its name in timm, such as <c>resnet50</c>, or one of the registry given to <see cref="UseRegistry"/>.</param>
    /// <param name="weights">A file of weights to start from, safetensors or what <c>torch.save</c> wrote, or a reference to the Hugging Face hub; random ones where null. What it lacks is logged as a warning.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder UseCnn(string name, string? weights = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        chosen |= ChosenNetworks.Cnn;
        return Configure(options => (options.Cnn.Name, options.Cnn.Weights) = (name, weights));
    }

    /// <summary>Chooses the vision transformer. Without a convolutional network chosen as well, the trainer has this network alone, and fine-tunes it.</summary>
    /// <param name="name">Its name in timm, such as <c>vit_base_patch16_384</c>, or one of the registry given to <see cref="UseRegistry"/>.</param>
    /// <param name="weights">A file of weights to start from, safetensors or what <c>torch.save</c> wrote, or a reference to the Hugging Face hub; random ones where null. What it lacks is logged as a warning.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder UseTransformer(string name, string? weights = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        chosen |= ChosenNetworks.Transformer;
        return Configure(options => (options.Transformer.Name, options.Transformer.Weights) = (name, weights));
    }

    /// <summary>Chooses where the networks' names are looked up. Default <see cref="BackboneRegistry.Default"/>, timm's names.</summary>
    /// <param name="registry">A registry, with networks of the caller's own perhaps.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder UseRegistry(BackboneRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        this.registry = registry;
        return this;
    }

    /// <summary>Chooses the settings to start from. Default <see cref="CassRecipe.Recommended"/>.</summary>
    /// <param name="recipe">The recipe; what the other calls set comes on top, whatever their order.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder UseRecipe(CassRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        this.recipe = recipe;
        return this;
    }

    /// <summary>Sets the size that images are resized to. Default: the transformer's own; without one, the convolutional network's.</summary>
    /// <param name="height">Height in pixels; a multiple of the transformer's patch size.</param>
    /// <param name="width">Width in pixels; the height where null.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder WithImageSize(int height, int? width = null) =>
        Configure(options => (options.Images.Height, options.Images.Width) = (height, width ?? height));

    /// <summary>Sets what inputs in [0, 1] are normalised with.</summary>
    /// <param name="statistics">Mean and standard deviation of each channel.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder WithNormalization(ChannelStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return Configure(options => (options.Images.Mean, options.Images.Std) = (statistics.Mean, statistics.Std));
    }

    /// <summary>Sets what inputs in [0, 1] are normalised with to what was measured, whose warnings the trainer logs.</summary>
    /// <param name="statistics">Statistics of the training images.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder WithNormalization(ImageStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        warnings.AddRange(statistics.Warnings);
        return WithNormalization(statistics.Channels);
    }

    /// <summary>Chooses the device. Default <see cref="TrainingDevice.Best"/>.</summary>
    /// <param name="device">The device.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder OnDevice(TrainingDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Configure(options => options.Device = device.Name);
    }

    /// <summary>Sets the seed of everything random. Default 77.</summary>
    /// <param name="seed">The seed, from 0 to 2³² − 1.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder WithSeed(long seed) => Configure(options => options.Seed = seed);

    /// <summary>Chooses another method of pretraining than CASS.</summary>
    /// <param name="create">
    /// Makes the method of the trainer's networks: at the beginning of each pretraining, and where <see cref="CassTrainer.CheckPlan"/>
    /// holds it against checkpoints. The trainer disposes what it makes.
    /// </param>
    /// <returns>This builder.</returns>
    /// <example><code>
    /// using var trainer = CassTrainer.CreateBuilder()
    ///     .UseCnn("resnet50")
    ///     .UseMethod(trainer => new SimSiamMethod(trainer.Cnn))
    ///     .Build();
    /// </code></example>
    public CassTrainerBuilder UseMethod(Func<CassTrainer, ISelfSupervisedMethod> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        createMethod = create;
        return this;
    }

    /// <summary>Changes settings of CASS itself: the safeguard, the views, what is compared.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder ConfigureMethod(Action<CassMethodOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Configure(options => configure(options.Method));
    }

    /// <summary>Changes settings of pretraining.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder ConfigurePretraining(Action<PretrainingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Configure(options => configure(options.Pretraining));
    }

    /// <summary>Changes settings of fine-tuning.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder ConfigureFineTuning(Action<FineTuningOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Configure(options => configure(options.FineTuning));
    }

    /// <summary>Changes any setting.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder Configure(Action<CassOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configurations.Add(configure);
        return this;
    }

    /// <summary>
    /// Keeps the record of the run: <c>settings.json</c>, <c>environment.json</c>, <c>data.json</c>, <c>metrics.csv</c> and
    /// <c>tensorboard/</c>; <see cref="RunReport.Write"/> adds the report.
    /// </summary>
    /// <param name="folder">The folder; created where it is missing.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder RecordTo(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return Configure(options => options.RecordFolder = folder);
    }

    /// <summary>Writes TensorBoard event files with the published tags.</summary>
    /// <param name="folder">Folder for the event files; created where it is missing.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder LogToTensorBoard(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return Configure(options => options.TensorBoardFolder = folder);
    }

    /// <summary>
    /// Saves the run after every epoch and every few minutes, and goes on from the newest intact checkpoint when it is
    /// run again with the same settings.
    /// </summary>
    /// <param name="folder">Folder for the checkpoints; created where it is missing.</param>
    /// <param name="configure">Changes how often, and how many are kept.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder CheckpointTo(string folder, Action<CheckpointOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return Configure(options =>
        {
            options.Checkpoints.Folder = folder;
            configure?.Invoke(options.Checkpoints);
        });
    }

    /// <summary>Logs a line for each epoch, and warnings. Default: warnings alone, to standard error.</summary>
    /// <param name="logger">Where to.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder UseLogger(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        this.logger = logger;
        return this;
    }

    /// <summary>Sets how the trainer's messages spell its settings, for programs whose users know them by other names.</summary>
    /// <param name="names">The names. Default <see cref="SettingNames.Properties"/>.</param>
    /// <returns>This builder.</returns>
    public CassTrainerBuilder SpellSettings(SettingNames names)
    {
        ArgumentNullException.ThrowIfNull(names);
        settingNames = names;
        return this;
    }

    /// <summary>
    /// Trains together with other processes, each of which runs the same program. Batch sizes are those of all processes together, results are those of one
    /// process but for rounding (with <see cref="RunOptions.SynchronizedBatchNorm"/>, of networks with batch norms too), and the first process alone logs, reports
    /// progress and saves. A group of one that a launcher has not started changes nothing.
    /// </summary>
    /// <param name="group">The processes; it stays the caller's.</param>
    /// <returns>This builder.</returns>
    /// <example><code>
    /// using var group = ProcessGroups.FromEnvironment();
    /// using var trainer = CassTrainer.CreateBuilder().UseProcessGroup(group).Build();
    /// </code></example>
    public CassTrainerBuilder UseProcessGroup(IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        processGroup = group;
        return this;
    }

    /// <summary>Checks all settings, and makes the networks: the chosen ones, or the published pair where none was chosen.</summary>
    /// <returns>The trainer; the caller disposes it.</returns>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">A network, device, file or image size cannot be used; the message says why.</exception>
    public CassTrainer Build()
    {
        var options = new CassOptions();
        recipe.Apply(options);
        foreach (var configuration in configurations)
        {
            configuration(options);
        }

        var trainer = new CassTrainer(options, chosen == ChosenNetworks.None ? ChosenNetworks.Both : chosen, createMethod, logger, registry, settingNames, processGroup);
        trainer.WarnOnce(warnings);
        return trainer;
    }
}
