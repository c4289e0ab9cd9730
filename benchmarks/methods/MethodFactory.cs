using Cass.Models;
using Cass.Training;

namespace Cass.Methods.Benchmarks;

/// <summary>Makes each method with its defaults.</summary>
internal static class MethodFactory
{
    private const string Transformer = "vit_tiny_patch16_224";

    /// <summary>By name: makes the method of a network's name and of the side of a full view.</summary>
    public static IReadOnlyDictionary<string, Func<string, int, MadeMethod>> All { get; } = new Dictionary<string, Func<string, int, MadeMethod>>(StringComparer.Ordinal)
    {
        ["cass-published"] = (cnn, size) => Pair(cnn, size, CassMethodOptions.Published),
        ["cass-recommended"] = (cnn, size) => Pair(cnn, size, new CassMethodOptions()),
        ["dino"] = (network, size) => Single(network, size, backbone => new DinoMethod(backbone)),
        ["byol"] = (network, size) => Single(network, size, backbone => new ByolMethod(backbone)),
        ["simsiam"] = (network, size) => Single(network, size, backbone => new SimSiamMethod(backbone)),
        ["moco-v3"] = (network, size) => Single(network, size, backbone => new MocoV3Method(backbone)),
        ["vicreg"] = (network, size) => Single(network, size, backbone => new VicRegMethod(backbone)),
        ["barlow-twins"] = (network, size) => Single(network, size, backbone => new BarlowTwinsMethod(backbone)),
        ["emp-ssl"] = (network, size) => Single(network, size, backbone => new EmpSslMethod(backbone)),
        ["locality-guidance"] = (network, size) => Taught(network, size),
        ["simclr"] = (network, size) => Single(network, size, backbone => new SimClrMethod(backbone)),
    };

    private static MadeMethod Pair(string cnn, int size, CassMethodOptions options)
    {
        Backbone[] networks = [Create(cnn, size), Create(Transformer, size)];
        return new(new CassMethod(networks[0], networks[1], options), networks);
    }

    private static MadeMethod Single(string name, int size, Func<Backbone, ISelfSupervisedMethod> create)
    {
        // DINO's small crops are smaller than the images.
        var network = Create(name, size, anySize: true);
        return new(create(network), [network]);
    }

    private static MadeMethod Taught(string teacher, int size)
    {
        Backbone[] networks = [Create(Transformer, size), Create(teacher, size)];
        return new(new LocalityGuidanceMethod(networks[0], networks[1]), networks);
    }

    private static Backbone Create(string name, int size, bool anySize = false) =>
        BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size, DynamicImageSize = anySize });
}
