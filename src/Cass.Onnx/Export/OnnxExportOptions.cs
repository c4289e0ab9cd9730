namespace Cass.Onnx;

/// <summary>How <see cref="OnnxExport"/> writes a model.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The type of weights and intermediate values. Default float32.</summary>
    public OnnxPrecision Precision { get; init; } = OnnxPrecision.Float32;

    /// <summary>
    /// True for images of any height and width, which convolutional networks take; false for one size. Default null: true for a
    /// network that takes any, unless <see cref="ImageSize"/> is given; false for another. A classifier's predictor resizes to one size in any case.
    /// </summary>
    public bool? AnyImageSize { get; init; }

    /// <summary>
    /// Height and width of the images of a graph for one size; null, the default, for those that the network was built for, or those of
    /// the classifier.
    /// </summary>
    public (int Height, int Width)? ImageSize { get; init; }

    /// <summary>
    /// Whether a classifier's graph resizes and normalises: its input is then uint8 [batch, height, width, 3] of images of one size, RGB.
    /// Resizing comes near Pillow's, not to the bit. Of a classifier alone; needs version 18 of the operators. Default false.
    /// </summary>
    public bool IncludePreprocessing { get; init; }

    /// <summary>Whether a classifier's graph ends with the sigmoid or softmax, so that outputs are probabilities. Of a classifier alone. Default false: logits.</summary>
    public bool IncludeActivation { get; init; }

    /// <summary>
    /// Whether weights are in a file of their own beside the model, with <c>.data</c> after its name. Default null: where they are more
    /// than 1 GiB, since an ONNX file holds 2 GiB at most.
    /// </summary>
    public bool? ExternalWeights { get; init; }

    /// <summary>
    /// Whether ONNX Runtime runs the file before it takes its place, and is compared with TorchSharp on random images, in batches of 1
    /// and 3. Default false.
    /// </summary>
    public bool Check { get; init; }

    /// <summary>Which networks can be exported. Default those of Cass.Models.</summary>
    public OnnxArchitectures Architectures { get; init; } = new();
}
