using Cass.Data;
using Cass.Metrics;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Serving;

/// <summary>Classifiers of the four kinds of <see cref="TinyImage"/> that have learnt nothing, but tell images apart.</summary>
internal static class TinyClassifiers
{
    /// <summary>Height and width of their input.</summary>
    public const int Side = 32;

    public static ImageClassifier Create(int seed, string name = TinyBackbones.ResNet, GlobalPooling? pooling = null, LabelMap? labels = null)
    {
        random.manual_seed(seed);
        var network = TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 4, ImageHeight = Side, ImageWidth = Side, GlobalPooling = pooling });
        using (no_grad())
        {
            // Far from one another, so that what is confused shows.
            network.state_dict().Last(e => e.Key.EndsWith(".weight", StringComparison.Ordinal)).Value.mul_(8);
        }

        network.eval();
        var classifier = new ImageClassifier(network, labels ?? TinyImage.Labels, Side, Side, new ChannelStatistics([0.4, 0.4, 0.4], [0.3, 0.3, 0.3]), DecisionThresholds.Uniform(0.5));
        classifier.SettleLayout();
        return classifier;
    }

    /// <summary>Saves one, and gives what it says of an image.</summary>
    public static Prediction Save(string folder, int seed, IImageSource image, string name = TinyBackbones.ResNet, LabelMap? labels = null)
    {
        using var classifier = Create(seed, name, labels: labels);
        classifier.Save(folder);
        return classifier.Predict(image);
    }
}
