using System.Text.Json.Nodes;

namespace Cass.Training;

/// <summary>
/// Which weights the networks of a run of pretraining began with. It remembers what it left them with when a run ended, so that
/// the same networks may go on from a checkpoint within one process.
/// </summary>
internal sealed class StartingWeights
{
    private JsonObject? began;
    private JsonObject? left;
    private bool isRunning;

    /// <summary>The weights that a run began with, which goes on with networks as they are now.</summary>
    /// <param name="networks">The networks that the caller has brought, by name.</param>
    public JsonObject Of(IReadOnlyDictionary<string, Backbone> networks)
    {
        var now = Fingerprint(networks);
        return (JsonObject)(JsonNode.DeepEquals(now, left) ? began! : now).DeepClone();
    }

    /// <summary>Begins a run, or goes on with one.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="goesOn">Whether there is something to go on from.</param>
    /// <returns>The weights that it began with.</returns>
    public JsonObject Begin(IReadOnlyDictionary<string, Backbone> networks, bool goesOn)
    {
        began = goesOn ? Of(networks) : Fingerprint(networks);
        left = null;
        isRunning = true;
        return (JsonObject)began.DeepClone();
    }

    /// <summary>Ends a run, however it ended; does nothing where none has begun.</summary>
    public void End(IReadOnlyDictionary<string, Backbone> networks)
    {
        if (isRunning)
        {
            isRunning = false;
            left = Fingerprint(networks);
        }
    }

    private static JsonObject Fingerprint(IReadOnlyDictionary<string, Backbone> networks) =>
        new(networks.Select(network => KeyValuePair.Create<string, JsonNode?>(network.Key, WeightFingerprint.Of(network.Value))));
}
