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
    private readonly ModelFile model;
    private bool isDisposed;

    private CassTransformer(ITransformer chain, ModelFile model, IReadOnlyList<TrainedNetwork> networks) => (this.chain, this.model, Networks) = (chain, model, networks);

    /// <summary>The networks, in the order in which the trainer has them.</summary>
    public IReadOnlyList<TrainedNetwork> Networks { get; }

    internal string ModelPath => model.Path;

    /// <inheritdoc/>
    public bool IsRowToRowMapper => chain.IsRowToRowMapper;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => chain.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return chain.GetRowToRowMapper(inputSchema);
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return chain.Transform(input);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isDisposed = true;
        (chain as IDisposable)?.Dispose();
        model.Dispose();
    }

    /// <summary>Makes the transformer of an ONNX model.</summary>
    internal static CassTransformer Of(byte[] onnx, Func<ModelFile, ITransformer> createChain, IReadOnlyList<TrainedNetwork> networks)
    {
        var file = new ModelFile(onnx);
        try
        {
            return new CassTransformer(createChain(file), file, networks);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => chain.Save(ctx);
}
