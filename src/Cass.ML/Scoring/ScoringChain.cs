using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Cass.ML;

/// <summary>
/// The steps by which a transformer scores, all of them ML.NET's own: ML.NET saves no transformer of another assembly in a model's zip.
/// They are a mapping that decodes, the ONNX model, whose bytes are in the zip, and mappings of values.
/// </summary>
internal static class ScoringChain
{
    private static readonly string[] Internal = [ScoringColumns.Image, ScoringColumns.Constant, ScoringColumns.Preparation, ScoringColumns.Pixels, ScoringColumns.Scores];

    /// <summary>Fits the chain for classes that exclude one another, with a key of the predicted class.</summary>
    public static ITransformer Classes(MLContext context, IDataView input, ImagePreparation preparation, ModelFile model, KeyLookup classes, string score, string predictedLabel)
    {
        var lookup = classes.ToDataView(context);
        return Fit(
            context,
            input,
            preparation,
            model,
            [ScoringColumns.Scores],
            [
                context.Transforms.CustomMapping(new ClassIndexMapping().GetMapping(), ClassIndexMapping.Contract),
                context.Transforms.Conversion.MapValue(predictedLabel, lookup, lookup.Schema[nameof(KeyLookup.Row.Index)], lookup.Schema[nameof(KeyLookup.Row.Key)], ScoringColumns.ClassIndex),
                context.Transforms.CopyColumns(score, ScoringColumns.Scores),
            ],
            [.. Internal, ScoringColumns.ClassIndex]);
    }

    /// <summary>Fits the chain for classes of which an image may have any number, with a Boolean for each.</summary>
    public static ITransformer Labels(MLContext context, IDataView input, ImagePreparation preparation, ModelFile model, string score, string predictedLabels) => Fit(
        context,
        input,
        preparation,
        model,
        [ScoringColumns.Scores, ScoringColumns.Decisions],
        [context.Transforms.CopyColumns(score, ScoringColumns.Scores), context.Transforms.CopyColumns(predictedLabels, ScoringColumns.Decisions)],
        [.. Internal, ScoringColumns.Decisions]);

    /// <summary>Fits the chain for vectors.</summary>
    public static ITransformer Vectors(MLContext context, IDataView input, ImagePreparation preparation, ModelFile model, string output) =>
        Fit(context, input, preparation, model, [ScoringColumns.Scores], [context.Transforms.CopyColumns(output, ScoringColumns.Scores)], Internal);

    /// <summary>Fails at once where the images of a view could not be scored in the end.</summary>
    /// <exception cref="CassInputException">There is no such column, or it holds no images, or none that ML.NET could hand over.</exception>
    public static void RequireImages(MLContext context, IDataView input, string column)
    {
        if (ImageColumnKinds.Of(input.Schema, column) == ImageColumnKind.Decoded)
        {
            var decoded = context.Transforms.CopyColumns(ScoringColumns.Image, column)
                .Append(context.Transforms.CustomMapping(new ConstantMapping().GetMapping(), ConstantMapping.Contract))
                .Append(context.Transforms.Conversion.MapValue(ScoringColumns.Preparation, [KeyValuePair.Create(0, string.Empty)], ScoringColumns.Constant))
                .Fit(input).Transform(input);

            // Decodes nothing: ML.NET maps the first rows on threads of its own as soon as a cursor is open.
            var undecoded = context.Transforms.CustomMapping<DecodedImageMapping.Row, PixelsRow>((_, _) => { }, null);
            RequireReadable(undecoded.Fit(decoded).Transform(decoded), column);
        }
    }

    private static TransformerChain<ITransformer> Fit(
        MLContext context,
        IDataView input,
        ImagePreparation preparation,
        ModelFile model,
        string[] outputs,
        IReadOnlyList<IEstimator<ITransformer>> last,
        string[] dropped)
    {
        IReadOnlyList<IEstimator<ITransformer>> steps =
        [
            context.Transforms.CopyColumns(ScoringColumns.Image, preparation.Column),
            context.Transforms.CustomMapping(new ConstantMapping().GetMapping(), ConstantMapping.Contract),
            context.Transforms.Conversion.MapValue(ScoringColumns.Preparation, [KeyValuePair.Create(0, preparation.ToJson())], ScoringColumns.Constant),
            Decoding(context, ImageColumnKinds.Of(input.Schema, preparation.Column)),
            context.Transforms.ApplyOnnxModel(outputs, [ScoringColumns.Pixels], model.Path),
            .. last,
            context.Transforms.DropColumns(dropped),
        ];

        var fitted = new List<ITransformer>();
        try
        {
            foreach (var step in steps)
            {
                fitted.Add(step.Fit(input));
                input = fitted[^1].Transform(input);
            }
        }
        catch
        {
            fitted.ForEach(step => (step as IDisposable)?.Dispose());
            throw;
        }

        return new TransformerChain<ITransformer>([.. fitted]);
    }

    /// <summary>ML.NET maps images of one size only where a class of rows has said so, which the process that loads the model may lack.</summary>
    private static void RequireReadable(IDataView prepared, string column)
    {
        try
        {
            prepared.GetRowCursor([prepared.Schema[ScoringColumns.Pixels]]).Dispose();
        }
        catch (Exception e) when (prepared.Schema[column].Type is ImageDataViewType { Height: > 0 })
        {
            throw new CassInputException($"The images of column '{column}' are all of one size, {prepared.Schema[column].Type}, as ML.NET's ResizeImages makes them; leave that step out, since images are resized here.", e);
        }
    }

    private static IEstimator<ITransformer> Decoding(MLContext context, ImageColumnKind kind) => kind switch
    {
        ImageColumnKind.Path => context.Transforms.CustomMapping(new ImagePathMapping().GetMapping(), ImagePathMapping.Contract),
        ImageColumnKind.Encoded => context.Transforms.CustomMapping(new EncodedImageMapping().GetMapping(), EncodedImageMapping.Contract),
        _ => context.Transforms.CustomMapping(new DecodedImageMapping().GetMapping(), DecodedImageMapping.Contract),
    };
}
