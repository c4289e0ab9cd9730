using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>
/// Settings of <see cref="DinoMethod"/>. The defaults are those of the authors' code, but for <see cref="OutputDimensions"/>.
/// Learning rate, optimiser and batch size are the run's (<see cref="PretrainingOptions"/>): published is AdamW at
/// 0.0005 · batch size / 256 with 10 epochs of warm-up and a cosine to 1e-6, batches of 1,024, in mixed precision.
/// </summary>
public sealed class DinoMethodOptions : IRelatedSettings
{
    /// <summary>
    /// Small crops of each image, beside two large ones; 0 for none. Default 8. Time and memory grow with it, by a large crop's
    /// times the square of <see cref="LocalCropSize"/> to the image's side: each by less than a fifth at 224 pixels, and more on
    /// small images.
    /// </summary>
    [Range(0, 64)]
    public int LocalCrops { get; set; } = 8;

    /// <summary>
    /// Side of a small crop in pixels, at most the image's; for a transformer a multiple of its patch size. Default null: 96/224 of
    /// the image's height and width, as published, rounded to whole patches of a transformer and to multiples of 32, the usual stride of
    /// their last features, for convolutional networks; one patch, or 32 pixels, at least.
    /// </summary>
    /// <remarks>
    /// Small crops of a convolutional network are not small on small images: of images of 32 pixels they have 32, so that eight
    /// of them cost eight full passes; of 64 pixels 32, a quarter of a pass each. A ResNet takes any size: 16 is a quarter on
    /// images of 32 pixels. A ConvNeXt takes none below 32.
    /// </remarks>
    [Range(4, 65_536)]
    public int? LocalCropSize { get; set; }

    /// <summary>
    /// Smallest share of an image's area that a large crop shows; the largest is all of it. Default 0.4; the authors advise 0.14
    /// where there are no small crops.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinGlobalScale { get; set; } = 0.4;

    /// <summary>Smallest share of an image's area that a small crop shows. Default 0.05.</summary>
    [Range(0.01, 1.0)]
    public double MinLocalScale { get; set; } = 0.05;

    /// <summary>Largest share of an image's area that a small crop shows, at least <see cref="MinLocalScale"/>. Default 0.4.</summary>
    [Range(0.01, 1.0)]
    public double MaxLocalScale { get; set; } = 0.4;

    /// <summary>
    /// Dimensions K of the head's output. Default 4096, for data sets of thousands of images; 65,536 as published, for ImageNet:
    /// the authors advise large values for large and complex data.
    /// </summary>
    [Range(2, 1_048_576)]
    public int OutputDimensions { get; set; } = 4096;

    /// <summary>Width of the head's two hidden layers. Default 2048.</summary>
    [Range(1, 65_536)]
    public int HiddenWidth { get; set; } = 2048;

    /// <summary>Width of the head's third layer, whose output is brought to length 1 before the last. Default 256.</summary>
    [Range(2, 65_536)]
    public int BottleneckWidth { get; set; } = 256;

    /// <summary>
    /// Whether the rows of the last layer keep length 1. Default true; false, which lets the lengths learn, works better for
    /// ViT-S and is less stable, the authors say.
    /// </summary>
    public bool NormalizeLastLayer { get; set; } = true;

    /// <summary>Epochs in which the last layer stays as it is. Default 1; more, where the loss does not fall.</summary>
    [Range(0, 100_000)]
    public int FreezeLastLayerEpochs { get; set; } = 1;

    /// <summary>Temperature τ of the student's softmax. Default 0.1.</summary>
    [Range(1e-3, 1000.0)]
    public double StudentTemperature { get; set; } = 0.1;

    /// <summary>
    /// Temperature of the teacher's softmax after its warm-up. Default 0.04; the paper's runs take 0.07, and anything above is
    /// mostly unstable, the authors say.
    /// </summary>
    [Range(1e-3, 1000.0)]
    public double TeacherTemperature { get; set; } = 0.04;

    /// <summary>Temperature of the teacher's softmax in the first epoch, where there is a warm-up. Default 0.04; less, where the loss does not fall.</summary>
    [Range(1e-3, 1000.0)]
    public double WarmupTeacherTemperature { get; set; } = 0.04;

    /// <summary>
    /// Epochs over which the teacher's temperature goes from <see cref="WarmupTeacherTemperature"/> to
    /// <see cref="TeacherTemperature"/> in a line, epoch by epoch. Default 0: none; the paper's runs take 30.
    /// </summary>
    [Range(0, 100_000)]
    public int WarmupTeacherTemperatureEpochs { get; set; }

    /// <summary>
    /// Momentum m of the centre that the teacher's outputs are moved by. Default 0.9. At 1 the centre stays 0, and nothing keeps
    /// one dimension from taking over: the networks collapse (section 5.3 of the paper).
    /// </summary>
    [Range(0.0, 1.0)]
    public double CenterMomentum { get; set; } = 0.9;

    /// <summary>
    /// Momentum of the teacher at the first step; a cosine takes it to 1 at the last. Default 0.996; the authors advise more for
    /// small batches, such as 0.9995 for 256 images.
    /// </summary>
    [Range(0.0, 1.0)]
    public double TeacherMomentum { get; set; } = 0.996;

    /// <summary>Largest norm of each parameter's gradient; larger ones are scaled down to it. Default 3; 0: none is.</summary>
    [Range(0.0, double.MaxValue)]
    public double ParameterClipNorm { get; set; } = 3;

    /// <summary>
    /// Weight decay at the first step, of all parameters but biases and vectors; a cosine takes it to
    /// <see cref="FinalWeightDecay"/>. It takes the place of <see cref="OptimizerOptions.WeightDecay"/>. Default 0.04.
    /// </summary>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; set; } = 0.04;

    /// <summary>Weight decay at the end of the run. Default 0.4.</summary>
    [Range(0.0, 1.0)]
    public double FinalWeightDecay { get; set; } = 0.4;

    IEnumerable<string> IRelatedSettings.Failures(string path) => MinLocalScale > MaxLocalScale
        ? [$"{path}MinLocalScale is {MinLocalScale}, above {path}MaxLocalScale, which is {MaxLocalScale}; the smallest share is at most the largest."]
        : [];
}
