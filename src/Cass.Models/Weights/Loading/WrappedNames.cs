namespace Cass.Models;

/// <summary>Names of modules that were wrapped where they stand, anywhere in a network: by <c>torch.compile</c>, by FSDP, by activation checkpointing.</summary>
internal static class WrappedNames
{
    private static readonly string[] Wrappers = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."];

    /// <summary>A tensor's name without the wrappers around the modules that it is in.</summary>
    public static string Unwrap(string name)
    {
        foreach (var wrapper in Wrappers)
        {
            if (name.Contains(wrapper, StringComparison.Ordinal))
            {
                name = name.Replace(wrapper, string.Empty, StringComparison.Ordinal);
            }
        }

        return name;
    }
}
