using Cass;
using Cass.Data;
using Cass.Training;
using Study.Methods;
using TorchSharp;

namespace Study.Cells;

/// <summary>The trainers of a cell: one seed gives one pair of initial networks, whatever the method does with them.</summary>
/// <param name="cell">The cell.</param>
/// <param name="imageNetWeights">The file of the CNN's weights, where the cell starts from them.</param>
/// <param name="trainingImages">How many images there are to train on.</param>
internal sealed class TrainerOf(Cell cell, string? imageNetWeights, int trainingImages)
{
    // The library's defaults, given by name so that weights which come from a file are treated as those that do not.
    private const double TransformerRate = 3e-4;
    private const double RandomCnnRate = 2e-3;
    private const double ImageNetCnnRate = 1e-3;

    public StudyMethod Method { get; } = StudyMethod.Parse(cell.Method);

    public CassTrainer Pretraining(string? checkpoints) => Builder()
        .Configure(options =>
        {
            options.Pretraining.Epochs = Math.Max(1, Method.EpochsOf(cell.Budget));
            options.Pretraining.BatchSize = cell.BatchSize;
            options.Pretraining.LearningRate.Rate = cell.Rate ?? options.Pretraining.LearningRate.Rate;
            options.Transformer.DynamicImageSize = Method.Name is "dino";

            // What is logged changes no weight, and pretrainings that differ in it alone are one.
            options.Pretraining.LogLossOfLastBatch = false;
            options.Pretraining.DropLast |= LeavesOne(trainingImages, cell.BatchSize);
            options.Checkpoints.Folder = checkpoints;
        })
        .Build();

    public CassTrainer FineTuning(string? checkpoints, BackboneKind kind) => Builder()
        .Configure(options =>
        {
            options.FineTuning.LabelFraction = cell.LabelFraction;
            options.FineTuning.Epochs = cell.FineTuningEpochs + (Method.SpendsBudgetOnLabels ? (int)Math.Round(cell.Budget / cell.LabelFraction) : 0);
            options.Checkpoints.Folder = checkpoints;
            if (LeavesOne((int)(trainingImages * cell.LabelFraction), options.FineTuning.BatchSize))
            {
                options.FineTuning.DropLast = true;
            }

            if (cell.FineTuning == FineTuningSettings.Common)
            {
                options.FineTuning.LearningRate.Rate = (kind, cell.Start) switch
                {
                    (BackboneKind.Transformer, _) => TransformerRate,
                    (_, StartingWeights.ImageNet) => ImageNetCnnRate,
                    _ => RandomCnnRate,
                };
            }
        })
        .Build();

    /// <summary>The transformer by what the fine-tuned CNN says of all images; the passes of the budget decide for how long.</summary>
    public CassTrainer Distillation(string checkpoints) => Builder()
        .Configure(options =>
        {
            options.FineTuning.Epochs = Math.Max(1, (int)Math.Round(cell.Budget / StudyMethod.Parse("distillation").Passes));
            options.FineTuning.LearningRate.Rate = TransformerRate;
            options.Checkpoints.Folder = checkpoints;
            options.Checkpoints.RunName = "distilled";
        })
        .Build();

    /// <summary>
    /// Whether the last batch would be a single image, which has no batch statistics. The published recipes keep the last batch, and cannot be
    /// trained with that one; the study leaves it out.
    /// </summary>
    private static bool LeavesOne(int images, int batchSize) => images % batchSize == 1;

    private CassTrainerBuilder Builder() => CassTrainer.CreateBuilder()
        .UseCnn(cell.Cnn, cell.Start == StartingWeights.ImageNet ? imageNetWeights : null)
        .UseTransformer(cell.Vit)
        .UseRecipe(cell.FineTuning == FineTuningSettings.Recipe || Method.Networks == TrainedNetworks.Pair ? Method.Recipe : CassRecipe.Recommended)
        .WithImageSize(cell.Size)
        .WithSeed(cell.Seed)
        .Configure(options =>
        {
            // Machines that choose by themselves choose differently.
            options.Precision = cell.Precision ?? NumericPrecision.Float32;
            if (Method.Recipe == CassRecipe.Recommended)
            {
                var normalization = cell.Start == StartingWeights.ImageNet ? ChannelStatistics.ImageNet : ChannelStatistics.BrainTumorMri;
                (options.Images.Mean, options.Images.Std) = (normalization.Mean, normalization.Std);
            }

            foreach (var name in cell.Switched)
            {
                Oddity.Parse(name).Switch(options, Method);
            }

            options.Pretraining.Loading.Workers = options.FineTuning.Loading.Workers = options.Evaluation.Loading.Workers = torch.get_num_threads();

            // The parts have no image in common, which was made sure of when they were divided.
            options.DuplicateCheck.Compare = DuplicateCheck.None;
        });
}
