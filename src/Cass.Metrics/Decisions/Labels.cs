using static TorchSharp.torch;

namespace Cass.Metrics;

internal static class Labels
{
    /// <summary>
    /// Bool [batch, classes] with the class of each row set. Unlike torch's own one_hot it does not look at the values,
    /// for which a GPU would have to be waited for: an index outside the classes gives an empty row.
    /// </summary>
    public static Tensor OneHot(Tensor indices, long classes)
    {
        using var columns = arange(KeptScalar.Of(0L), KeptScalar.Of(classes), KeptScalar.One, ScalarType.Int64, indices.device);
        using var column = indices.unsqueeze(1);
        return column.eq(columns);
    }
}
