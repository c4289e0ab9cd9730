using System.Text.Json.Serialization;

namespace Study.Cells;

/// <summary>What the convolutional network starts from.</summary>
internal enum StartingWeights
{
    Random,

    [JsonStringEnumMemberName("imagenet")]
    ImageNet,
}
