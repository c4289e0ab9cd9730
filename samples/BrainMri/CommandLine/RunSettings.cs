using System.Text;
using System.Text.Json.Serialization;
using Cass.Training;

namespace BrainMri.CommandLine;

/// <summary>What the command line asks for.</summary>
internal sealed record RunSettings
{
    /// <summary>Folder with one sub-folder per class, or CSV manifest; null for phantoms.</summary>
    public string? Data { get; init; }

    /// <summary>Test images in the same form; null to hold some of the others back.</summary>
    public string? Test { get; init; }

    /// <summary>How images are held back for validation and test.</summary>
    public required SplitMethod Split { get; init; }

    /// <summary>Largest number of bits, of 64, that the perceptual hashes of near-duplicates differ in.</summary>
    public required int NearDistance { get; init; }

    /// <summary>Whether images that equal or resemble those of an earlier part are left out.</summary>
    public bool ExcludeDuplicates { get; init; }

    /// <summary>What CSV manifests are written in, where no byte-order mark says so; UTF-8 where null.</summary>
    [JsonIgnore]
    public Encoding? Encoding { get; init; }

    /// <summary>Name of <see cref="Encoding"/>.</summary>
    [JsonPropertyName("encoding")]
    public string? EncodingName => Encoding?.WebName;

    /// <summary>Number of phantoms, where there is no data.</summary>
    public required int Phantoms { get; init; }

    /// <summary>Folder to write the phantoms to, as PNG; null for none.</summary>
    public string? SavePhantoms { get; init; }

    /// <summary>timm name of the convolutional network.</summary>
    public required string Cnn { get; init; }

    /// <summary>timm name of the vision transformer.</summary>
    public required string Transformer { get; init; }

    /// <summary>Weights that the convolutional network starts from; random where null.</summary>
    public string? CnnWeights { get; init; }

    /// <summary>Weights that the transformer starts from; random where null.</summary>
    public string? TransformerWeights { get; init; }

    /// <summary>Height and width in pixels that images are resized to.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Name of the recipe that the other settings come on top of.</summary>
    public required string Recipe { get; init; }

    /// <summary>Epochs of pretraining; 0 to leave it out.</summary>
    public required int PretrainEpochs { get; init; }

    /// <summary>Epochs of fine-tuning of each network.</summary>
    public required int FineTuneEpochs { get; init; }

    /// <summary>Images of a step in both phases; the recipe's where null.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Share of the training labels that fine-tuning sees.</summary>
    public required double LabelFraction { get; init; }

    /// <summary>Loss of fine-tuning; the recipe's where null.</summary>
    public FineTuningLoss? Loss { get; init; }

    /// <summary>Whether an unfinished run in the output folder is dropped in place of continued.</summary>
    public bool Restart { get; init; }

    /// <summary>Whether to print where the time of training went.</summary>
    public bool Profile { get; init; }

    /// <summary>Numbers that networks are trained with.</summary>
    public required NumericPrecision Precision { get; init; }

    /// <summary>Seed of splits, initial weights, order and augmentation.</summary>
    public required long Seed { get; init; }

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public required string Device { get; init; }

    /// <summary>Processor threads that the networks compute with; as many as the process may use where null.</summary>
    public int? Threads { get; init; }

    /// <summary>Threads that decode and augment; 0 for one per processor.</summary>
    public required int Workers { get; init; }

    /// <summary>Folder that results are written to.</summary>
    public required string Output { get; init; }
}
