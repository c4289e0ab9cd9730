using Microsoft.ML.Data;

namespace Cass.Tests.ML;

/// <summary>What a transformer adds.</summary>
internal sealed class ScoredRow
{
    public VBuffer<float> Score { get; set; }

    public uint PredictedLabel { get; set; }
}
