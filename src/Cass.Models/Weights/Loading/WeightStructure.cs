using System.Globalization;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Tells whether a file's tensors are those of the network's own structure, whatever its classifier and its surroundings are.</summary>
internal static class WeightStructure
{
    /// <summary>Buffers that programs add to modules of any network, and from which nothing is computed here.</summary>
    private static readonly HashSet<string> Bystanders = new(StringComparer.Ordinal)
    {
        "num_batches_tracked", "relative_position_index", "attn_mask", "total_ops", "total_params",
    };

    /// <summary>Tensors without a module around them that change what a transformer computes.</summary>
    private static readonly HashSet<string> Tokens = new(StringComparer.Ordinal) { "cls_token", "dist_token", "reg_token", "pos_embed" };

    private const string OtherNetwork = "Load it into the architecture that it was made for";

    /// <summary>How a file's structure is another, and what to do; null where it is the network's.</summary>
    /// <param name="backbone">The network.</param>
    /// <param name="state">Its tensors.</param>
    /// <param name="unexpected">The network's names of the tensors in the file that it does not have.</param>
    /// <param name="missing">Its tensors that the file does not have.</param>
    public static (string Problem, string Remedy)? Difference(Backbone backbone, IReadOnlyDictionary<string, Tensor> state, IReadOnlyList<string> unexpected, IReadOnlyList<string> missing)
    {
        var stages = Stages(backbone, state.Keys);
        var foreign = unexpected.Where(name => stages.Contains(Top(name)) || Tokens.Contains(name)).ToList();
        if (!foreign.All(IsBystander))
        {
            return ($"it has {Counted(foreign.Count, "tensor", foreign[0])} within the network's own stages that the network does not have", OtherNetwork);
        }

        var absent = missing.ToHashSet(StringComparer.Ordinal);
        var buffers = backbone.named_buffers().Select(buffer => buffer.name).Where(absent.Contains).ToList();
        if (buffers.Count > 0)
        {
            return ($"it lacks {Counted(buffers.Count, "buffer", buffers[0])}, by which the network normalises", "Save the whole state dict, model.state_dict(), and not the parameters alone, or load it into the architecture that it was made for");
        }

        var blocks = state.Keys.Where(name => stages.Contains(Top(name))).GroupBy(BlockOf, StringComparer.Ordinal)
            .Where(block => block.Key.Length > 0 && block.Where(name => !IsBystander(name)).All(absent.Contains))
            .Select(block => block.Key)
            .ToList();
        return blocks.Count > 0 ? ($"it lacks {Counted(blocks.Count, "block", blocks[0])} of the network as a whole", OtherNetwork) : null;
    }

    private static string Counted(int count, string what, string first) => count == 1
        ? $"the {what} '{first}'"
        : string.Create(CultureInfo.InvariantCulture, $"{count} {what}s ('{first}' is the first)");

    /// <summary>The network's top-level modules without those that hold a classifier.</summary>
    private static HashSet<string> Stages(Backbone backbone, IEnumerable<string> names)
    {
        var heads = backbone.Configuration.Classifiers.Select(Top).ToHashSet(StringComparer.Ordinal);
        return names.Select(Top).Where(top => !heads.Contains(top)).ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsBystander(string name) => Bystanders.Contains(name[(name.LastIndexOf('.') + 1)..]);

    private static string Top(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? name : name[..dot];
    }

    /// <summary>The innermost numbered module that a tensor is in, such as <c>layer1.0</c> or <c>stages.2.blocks.5</c>; empty for none.</summary>
    private static string BlockOf(string name)
    {
        var modules = name.Split('.')[..^1];
        var last = Array.FindLastIndex(modules, part => part.Length > 0 && part.All(char.IsAsciiDigit));
        return last < 0 ? string.Empty : string.Join('.', modules[..(last + 1)]);
    }
}
