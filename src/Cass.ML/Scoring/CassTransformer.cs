using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>
/// What a trainer of this package has fitted. It is saved in the zip of an ML.NET model as steps of ML.NET's own, and read as those: where
/// it was loaded, the networks run in ONNX Runtime, and nothing of libtorch is loaded.
/// </summary>
/// <remarks>Dispose it, or the model that it is part of, when it is no longer used: it holds a session of ONNX Runtime and a file among the context's temporary ones.</remarks>
public sealed class CassTransformer : ITransformer, IDisposable
{
    private readonly ITransformer chain;

    internal CassTransformer(ITransformer chain, IReadOnlyList<TrainedNetwork> networks) => (this.chain, Networks) = (chain, networks);

    /// <summary>The networks, in the order in which the trainer has them.</summary>
    public IReadOnlyList<TrainedNetwork> Networks { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => chain.IsRowToRowMapper;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => chain.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => chain.GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => chain.Transform(input);

    /// <inheritdoc/>
    public void Dispose() => (chain as IDisposable)?.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => chain.Save(ctx);
}
