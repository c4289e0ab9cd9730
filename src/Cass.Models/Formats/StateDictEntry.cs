using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>A tensor in a weight file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type; null where TorchSharp has none for it.</param>
/// <param name="TypeName">Its element type as the file names it, such as <c>F32</c> or <c>FloatStorage</c>.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
public sealed record StateDictEntry(string Name, ScalarType? Type, string TypeName, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (var size in Shape)
            {
                count *= size;
            }

            return count;
        }
    }
}
