using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>Modules by name, of which one can be exchanged: what TorchSharp's <c>Sequential</c> does not let.</summary>
internal sealed class NamedModules : Module
{
    public NamedModules(string name, IEnumerable<(string Name, Module Module)> modules)
        : base(name)
    {
        foreach (var (key, module) in modules)
        {
            register_module(key, module);
        }
    }

    /// <summary>The same modules but for one, at a path of names below them.</summary>
    public static Module Exchanged(Module module, ReadOnlySpan<string> path, Module replacement)
    {
        if (path.IsEmpty)
        {
            return replacement;
        }

        var children = new List<(string, Module)>();
        foreach (var (name, child) in module.named_children())
        {
            children.Add((name, string.Equals(name, path[0], StringComparison.Ordinal) ? Exchanged(child, path[1..], replacement) : child));
        }

        return new NamedModules(module.GetName(), children);
    }

    /// <summary>Puts a module in the place of the last; null leaves the place empty.</summary>
    public void SetLast(string name, Module? module)
    {
        register_module(name, null!);
        register_module(name, module!);
    }

    protected override void RegisterComponents()
    {
    }
}
