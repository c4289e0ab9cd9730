using Cass;
using Cass.Training;

namespace Study.Methods;

/// <summary>A way to train that the study compares.</summary>
/// <param name="Name">What grids and results call it.</param>
/// <param name="Networks">What it pretrains.</param>
/// <param name="Passes">
/// Passes of a network for each image of an epoch of pretraining: forward and backward on a view of the full size is 1,
/// forward alone a third, and a smaller view counts by its area.
/// </param>
internal sealed record StudyMethod(string Name, TrainedNetworks Networks, double Passes)
{
    private const double ForwardAlone = 1.0 / 3;
    private const int LocalCrops = 6;
    private const int ManyCrops = 8;

    /// <summary>The name of what has no pretraining.</summary>
    public const string NoPretraining = "none";

    public static IReadOnlyList<StudyMethod> All { get; } =
    [
        new(NoPretraining, TrainedNetworks.None, 0),
        new("supervised", TrainedNetworks.None, 0) { SpendsBudgetOnLabels = true },
        new("cass", TrainedNetworks.Pair, 2),
        new("published", TrainedNetworks.Pair, 1) { Recipe = CassRecipe.Published },
        new("notebook", TrainedNetworks.Pair, 1) { Recipe = CassRecipe.NotebookFaithful },
        new("authors-release", TrainedNetworks.Pair, 1) { Recipe = CassRecipe.AuthorsRelease },
        new("dino", TrainedNetworks.Each, 2 + (LocalCrops * 0.25) + (2 * ForwardAlone))
        {
            Create = (backbone, _, size) => new DinoMethod(backbone, new() { LocalCrops = LocalCrops, LocalCropSize = size / 2, OutputDimensions = 1024, HiddenWidth = 512, BottleneckWidth = 128 }),
        },
        new("byol", TrainedNetworks.Each, 2 + (2 * ForwardAlone)) { Create = static (backbone, _, _) => new ByolMethod(backbone, new() { HiddenWidth = 512, ProjectionWidth = 128 }) },
        new("simsiam", TrainedNetworks.Each, 2) { Create = static (backbone, _, _) => new SimSiamMethod(backbone, new() { ProjectionWidth = 512, PredictorWidth = 128 }) },
        new("vicreg", TrainedNetworks.Each, 2) { Create = static (backbone, _, _) => new VicRegMethod(backbone, new() { HiddenWidth = 512, EmbeddingWidth = 512 }) },
        new("emp-ssl", TrainedNetworks.Each, ManyCrops) { Create = static (backbone, _, _) => new EmpSslMethod(backbone, new() { Crops = ManyCrops, HiddenWidth = 512, ProjectionWidth = 256 }) },
        new("locality-guidance", TrainedNetworks.Transformer, 1 + ForwardAlone) { Create = static (transformer, cnn, _) => new LocalityGuidanceMethod(transformer, cnn) },
        new("distillation", TrainedNetworks.None, 1 + ForwardAlone) { Distills = true },
        new("cass-distillation", TrainedNetworks.Pair, 2) { Distills = true },
    ];

    /// <summary>What the settings of both trainings start from.</summary>
    public CassRecipe Recipe { get; init; } = CassRecipe.Recommended;

    /// <summary>Makes the method of the network to pretrain, the other network, and the side of the images; null where the method is CASS or there is none.</summary>
    public Func<Backbone, Backbone, int, ISelfSupervisedMethod>? Create { get; init; }

    /// <summary>Whether the passes of the budget are more epochs on the labelled images.</summary>
    public bool SpendsBudgetOnLabels { get; init; }

    /// <summary>Whether the transformer learns, in the end, what the fine-tuned CNN says of all training images.</summary>
    public bool Distills { get; init; }

    /// <summary>Whether a method of this name reproduces something published, with rates of its own.</summary>
    public bool HasRatesOfItsOwn => Recipe != CassRecipe.Recommended || Networks == TrainedNetworks.None;

    public static StudyMethod Parse(string name) => All.FirstOrDefault(method => string.Equals(method.Name, name, StringComparison.Ordinal))
        ?? throw new CassInputException($"There is no method '{name}'{NearestNames.Suggest(name, All.Select(method => method.Name), otherwise: ".")}");

    /// <summary>Epochs of pretraining that come nearest to a budget; at least one, and none without pretraining.</summary>
    public int EpochsOf(double budget) => Networks == TrainedNetworks.None || budget == 0 ? 0 : Math.Max(1, (int)Math.Round(budget / Passes));
}
