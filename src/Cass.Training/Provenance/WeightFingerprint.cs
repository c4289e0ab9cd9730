using System.IO.Hashing;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>A hash of a network's weights and their names.</summary>
internal static class WeightFingerprint
{
    public static string Of(nn.Module network)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var hash = new XxHash128();
        foreach (var (name, tensor) in network.state_dict())
        {
            hash.Append(Encoding.UTF8.GetBytes(name));
            hash.Append(tensor.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
