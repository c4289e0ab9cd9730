using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>The heads of multi-head attention (Vaswani et al. 2017, section 3.2.2) in a sequence of features.</summary>
internal static class AttentionHeads
{
    /// <summary>Cuts queries, keys and values, which one linear layer gave side by side, into heads.</summary>
    /// <param name="all">[batch, tokens, 3 × features].</param>
    /// <param name="heads">Number of heads.</param>
    /// <returns>Views, each [batch, heads, tokens, features / heads].</returns>
    public static (Tensor Query, Tensor Key, Tensor Value) Split(Tensor all, long heads)
    {
        // One split, whose gradient is one concatenation; three selections would each fill and add a gradient of everything.
        var parts = all.chunk(3, dim: 2);
        var cut = new Tensor[3];
        for (var i = 0; i < cut.Length; i++)
        {
            using var part = parts[i];
            using var byToken = part.unflatten(2, [heads, part.size(2) / heads]);
            cut[i] = byToken.transpose(1, 2);
        }

        return (cut[0], cut[1], cut[2]);
    }

    /// <summary>Brings heads side by side again.</summary>
    /// <param name="heads">[batch, heads, tokens, features / heads].</param>
    /// <returns>[batch, tokens, features].</returns>
    public static Tensor Join(Tensor heads)
    {
        using var byToken = heads.transpose(1, 2);
        return byToken.flatten(2);
    }
}
