using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

/// <summary>Every method that pretrains one network, with heads of a few units. A new method adds a line.</summary>
internal static class TinyMethods
{
    private static readonly Dictionary<string, Func<Backbone, ISelfSupervisedMethod>> Makers = new(StringComparer.Ordinal)
    {
        ["BYOL"] = network => new ByolMethod(network, new ByolMethodOptions { HiddenWidth = 32, ProjectionWidth = 16 }),
        ["SimSiam"] = network => new SimSiamMethod(network, new SimSiamMethodOptions { ProjectionWidth = 32, PredictorWidth = 8 }),
        ["SimCLR"] = network => new SimClrMethod(network, new SimClrMethodOptions { HiddenWidth = 32, ProjectionWidth = 16 }),
        ["MoCo v3"] = network => new MocoV3Method(network, new MocoV3MethodOptions { HiddenWidth = 32, ProjectionWidth = 16 }),
        ["DINO"] = network => new DinoMethod(network, new DinoMethodOptions { LocalCrops = 3, LocalCropSize = 16, OutputDimensions = 64, HiddenWidth = 32, BottleneckWidth = 64 }),
        ["VICReg"] = network => new VicRegMethod(network, new VicRegMethodOptions { HiddenWidth = 32, EmbeddingWidth = 16 }),
        ["Barlow Twins"] = network => new BarlowTwinsMethod(network, new BarlowTwinsMethodOptions { HiddenWidth = 32, EmbeddingWidth = 16 }),
        ["EMP-SSL"] = network => new EmpSslMethod(network, new EmpSslMethodOptions { Crops = 4, HiddenWidth = 32, ProjectionWidth = 16 }),
        ["Locality guidance"] = network => Taught(teacher => new LocalityGuidanceMethod(network, teacher)),
    };

    public static IReadOnlyList<string> Names { get; } = [.. Makers.Keys];

    public static ISelfSupervisedMethod Create(string name, Backbone network) => Makers[name](network);

    /// <summary>A tiny network with weights from a seed; a transformer takes images of several sizes.</summary>
    public static Backbone Network(string name, int seed = 1)
    {
        random.manual_seed(seed);
        return TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 10, DynamicImageSize = name == TinyBackbones.Transformer });
    }

    /// <summary>A method with a teacher of its own, always the same one, whose making leaves no trace in the generator.</summary>
    private static TaughtMethod Taught(Func<Backbone, ISelfSupervisedMethod> create)
    {
        using var generator = random.get_rng_state();
        var teacher = Network(TinyBackbones.ResNet, seed: 9);
        random.set_rng_state(generator);
        return new TaughtMethod(create(teacher), teacher);
    }
}
