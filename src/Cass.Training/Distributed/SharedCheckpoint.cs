using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Brings a checkpoint from the process that has read it to the others, which need not see its folder.</summary>
internal static class SharedCheckpoint
{
    /// <summary>All but the numbers in the tensors.</summary>
    public static string Describe(Checkpoint checkpoint) => new JsonObject
    {
        ["path"] = checkpoint.Path,
        ["epoch"] = checkpoint.Position.Epoch,
        ["batch"] = checkpoint.Position.Batch,
        ["step"] = checkpoint.Position.Step,
        ["figures"] = checkpoint.Figures.DeepClone(),
        ["tensors"] = new JsonArray([.. Ordered(checkpoint).Select(entry => (JsonNode)new JsonObject
        {
            ["name"] = entry.Key,
            ["type"] = (int)entry.Value.dtype,
            ["shape"] = new JsonArray([.. entry.Value.shape.Select(side => (JsonNode)side)]),
        })]),
    }.ToJsonString();

    /// <summary>The same checkpoint in every process.</summary>
    /// <param name="description">What <see cref="Describe"/> gave.</param>
    /// <param name="own">The checkpoint in the process that has read it; null in the others.</param>
    /// <param name="group">The processes.</param>
    public static Checkpoint Receive(string description, Checkpoint? own, IProcessGroup group)
    {
        var content = (JsonObject)JsonNode.Parse(description)!;
        var tensors = own is null ? ((JsonArray)content["tensors"]!).ToDictionary(entry => (string)entry!["name"]!, Empty, StringComparer.Ordinal) : own.WithPrefix(string.Empty);
        foreach (var (_, tensor) in tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            group.Broadcast(tensor);
        }

        return own ?? new Checkpoint(
            (string)content["path"]!,
            new RunPosition((int)content["epoch"]!, (int)content["batch"]!, (long)content["step"]!),
            tensors,
            (JsonObject)content["figures"]!.DeepClone());
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Ordered(Checkpoint checkpoint) => checkpoint.WithPrefix(string.Empty).OrderBy(entry => entry.Key, StringComparer.Ordinal);

    private static Tensor Empty(JsonNode? entry) =>
        empty([.. ((JsonArray)entry!["shape"]!).Select(side => (long)side!)], (ScalarType)(int)entry["type"]!).DetachFromDisposeScope();
}
