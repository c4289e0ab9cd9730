using Cass.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>One network of TorchVision: how it is made, and how its parts compute together.</summary>
internal abstract class TorchVisionArchitecture(string name)
{
    /// <summary>torchvision's name, such as <c>vgg16_bn</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What it expects where no option changes that.</summary>
    public BackboneConfiguration Configuration => new(InputSize, InputSize, 3, Mean, Std, CropFraction, "bilinear", FirstConvolution, [ClassifierName])
    {
        MinimumInputSize = MinimumInputSize,
    };

    /// <summary>torchvision's names of the top-level modules with weights, in its order.</summary>
    public abstract IReadOnlyList<string> Parts { get; }

    /// <summary>State-dict name of the first convolution.</summary>
    public abstract string FirstConvolution { get; }

    /// <summary>State-dict name of the classifier: a module of its own, or the last of a sequence.</summary>
    public abstract string ClassifierName { get; }

    /// <summary>torchvision's probability of dropout.</summary>
    public abstract double DropRate { get; }

    /// <summary>
    /// Side of the map that the hidden layers before the classifier take; null where the classifier takes the map's mean.
    /// </summary>
    public virtual int? HiddenMapSide => null;

    /// <summary>Makes TorchVision's network, with random weights.</summary>
    /// <param name="classes">Number of classes, at least 1; a network that is made for 1000 alone may ignore it.</param>
    /// <param name="dropRate">Probability of dropout; it may be ignored too.</param>
    public abstract Module Create(int classes, double dropRate);

    /// <summary>What computes the features, as blocks of which each keeps only its input under gradient checkpointing.</summary>
    /// <param name="part">A top-level module by its name.</param>
    public abstract IReadOnlyList<Func<Tensor, Tensor>> Blocks(Func<string, Module> part);

    /// <summary>Names the stage of a parameter that is not the classifier's.</summary>
    public abstract string StageOf(string parameterName);

    /// <summary>Names the layer of a parameter that is not the classifier's; its stage by default.</summary>
    public virtual string LayerOf(string parameterName) => StageOf(parameterName);

    /// <summary>Whether a name in a file is of an auxiliary classifier, which helps in training alone and is not made here.</summary>
    public virtual bool IsAuxiliary(string name) => false;

    /// <summary>Draws the weights of a first convolution for other channels, as TorchVision draws them.</summary>
    public virtual void Initialize(Conv2d convolution)
    {
        init.kaiming_normal_(convolution.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
        if (convolution.bias is { } bias)
        {
            init.zeros_(bias);
        }
    }

    protected virtual int InputSize => 224;

    protected virtual int MinimumInputSize => 1;

    protected virtual double CropFraction => 224.0 / 256;

    protected virtual IReadOnlyList<double> Mean => Normalization.ImageNetMean;

    protected virtual IReadOnlyList<double> Std => Normalization.ImageNetStd;
}
