using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Cass.ML;

/// <summary>
/// The environment of an <see cref="MLContext"/>, whose log and random numbers a trainer uses. Catalogs hand it to ML.NET's own assemblies
/// alone, through an interface that is not public.
/// </summary>
internal static class CatalogEnvironment
{
    private const string Getter = "Microsoft.ML.Data.IInternalCatalog.get_Environment";

    public static IHostEnvironment Of(TrainCatalogBase.CatalogInstantiatorBase trainers)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return Trainers(trainers);
    }

    public static IHostEnvironment Of(TransformsCatalog transforms)
    {
        ArgumentNullException.ThrowIfNull(transforms);
        return Transforms(transforms);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Trainers(TrainCatalogBase.CatalogInstantiatorBase trainers);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Transforms(TransformsCatalog transforms);
}
