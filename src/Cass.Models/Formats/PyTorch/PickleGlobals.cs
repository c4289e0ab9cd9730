using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>The classes and functions that a pickle refers to: those that make tensors and dictionaries are known, none is ever run.</summary>
internal static class PickleGlobals
{
    /// <summary>Modules that no training program's objects come from, and that commands are run by.</summary>
    private static readonly HashSet<string> CommandModules = new(StringComparer.Ordinal)
    {
        "os", "posix", "nt", "subprocess", "commands", "pty", "sys", "shutil", "socket", "runpy", "importlib", "ctypes", "webbrowser", "code", "pdb",
    };

    private static readonly HashSet<string> CommandBuiltins = new(StringComparer.Ordinal)
    {
        "eval", "exec", "execfile", "compile", "open", "input", "breakpoint", "__import__",
    };

    /// <summary>What a name stands for: an element type, one of the few names that are known, or a stand-in.</summary>
    /// <exception cref="FormatException">It is there to run a command.</exception>
    public static object Find(string? module, string? name)
    {
        if (module is null || name is null)
        {
            throw PickleReader.Damaged();
        }

        switch (module)
        {
            case "torch" when PickledTypes.OfType(name) is { } type:
                return type;
            case "torch" or "torch.storage" or "torch.cuda" when PickledTypes.OfStorage(name) is not null || string.Equals(name, "UntypedStorage", StringComparison.Ordinal):
            case "torch" when name is "Size":
            case "collections" when name is "OrderedDict" or "defaultdict":
            case "torch._utils" when name is "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_tensor_v3" or "_rebuild_parameter" or "_rebuild_parameter_with_state":
            case "torch._tensor" when name is "_rebuild_from_type_v2":
                return new PickleGlobal(module, name);
            case "builtins" or "__builtin__" when CommandBuiltins.Contains(name):
            case var _ when CommandModules.Contains(module.Split('.')[0]):
                throw new FormatException($"refers to {new PickleStandIn(module, name)}, by which it would run a command if Python loaded it. Nothing was run here; do not load it anywhere, and get the weights from a source that you trust.");
            default:
                return new PickleStandIn(module, name);
        }
    }

    /// <summary>What a persistent object is: a storage, or in the older format the class of a network, which comes with its source.</summary>
    /// <exception cref="FormatException">It is something else, or a storage of a type that is not known.</exception>
    public static object Persistent(object? id)
    {
        if (id is object?[] { Length: 4 } network && network[0] is "module" && network[1] is PickleStandIn type)
        {
            return type;
        }

        return Storage(id);
    }

    private static PickledStorage Storage(object? id)
    {
        // ("storage", type, key, location, number of elements), and in the older format a view that is not used any more.
        if (id is not object?[] { Length: 5 or 6 } parts || parts[0] is not "storage")
        {
            throw PickleReader.Refused("a persistent object other than a storage");
        }

        if (parts.Length == 6 && parts[5] is not null)
        {
            throw PickleReader.Refused("a view of a storage");
        }

        if (parts[1] is PickleStandIn unknown)
        {
            throw PickleReader.Refused($"a storage of the type {unknown}");
        }

        return parts[1] is PickleGlobal type && parts[2] is string key && parts[4] is long count and >= 0 && (PickledTypes.OfStorage(type.Name) is not null || type.Name is "UntypedStorage")
            ? new PickledStorage(type.Name, PickledTypes.OfStorage(type.Name), key, count)
            : throw PickleReader.Damaged();
    }

    /// <summary>What Python would get by calling something: a tensor, a dictionary, a tuple of sizes, or what stands in for anything else.</summary>
    /// <exception cref="FormatException">The arguments of what is known are not its own.</exception>
    public static object? Call(object? callable, object?[] arguments) => callable switch
    {
        PickleStandIn unknown => unknown,

        // A tensor of a derived class, or with attributes: how the tensor is made, its class, and the arguments of the making.
        PickleGlobal { Name: "_rebuild_from_type_v2" } when arguments is [PickleGlobal { Module: "torch._utils" } make, _, object?[] inner, ..] => Make(make.Name, inner),
        PickleGlobal { Name: "_rebuild_from_type_v2" } when arguments is [PickleStandIn unknown, ..] => unknown,
        PickleGlobal known => Make(known.Name, arguments),
        _ => throw PickleReader.Damaged(),
    };

    private static object? Make(string name, object?[] arguments) => name switch
    {
        "OrderedDict" when arguments is [] => new Dictionary<object, object?>(),
        "OrderedDict" when arguments is [List<object?> pairs] => FromPairs(pairs),
        "defaultdict" when arguments is [] or [_] => new Dictionary<object, object?>(),
        "Size" when arguments is [object?[] sizes] => sizes,
        "_rebuild_parameter" or "_rebuild_parameter_with_state" when arguments is [PickledTensor or PickleStandIn, ..] => arguments[0],
        "_rebuild_tensor" or "_rebuild_tensor_v2" when arguments is [PickledStorage { Type: { } type } storage, long offset, object?[] size, object?[] stride, ..] =>
            PickledTensor.Create(storage, type, offset, Numbers(size), Numbers(stride)),
        "_rebuild_tensor_v3" when arguments is [PickledStorage storage, long offset, object?[] size, object?[] stride, _, _, ScalarType type, ..] && (storage.Type ?? type) == type =>
            PickledTensor.Create(storage, type, offset, Numbers(size), Numbers(stride)),
        "_rebuild_tensor_v3" when arguments is [_, _, _, _, _, _, PickleStandIn type, ..] => throw PickleReader.Refused($"a tensor of the type {type}"),
        _ => throw PickleReader.Damaged(),
    };

    private static Dictionary<object, object?> FromPairs(List<object?> pairs)
    {
        var dictionary = new Dictionary<object, object?>();
        foreach (var pair in pairs)
        {
            PickleReader.Filled(dictionary, pair switch
            {
                object?[] { Length: 2 } tuple => tuple,
                List<object?> { Count: 2 } list => [.. list],
                _ => throw PickleReader.Damaged(),
            });
        }

        return dictionary;
    }

    private static long[] Numbers(object?[] values)
    {
        var numbers = new long[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            numbers[i] = values[i] is long number ? number : throw PickleReader.Damaged();
        }

        return numbers;
    }
}
