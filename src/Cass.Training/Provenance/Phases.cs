namespace Cass.Training;

/// <summary>The names of a run's phases, which the names of checkpoints begin with.</summary>
internal static class Phases
{
    public const string Pretraining = "pretraining";

    /// <summary>The fine-tuning of a network; a role tells it from another network of its name.</summary>
    public static string FineTuning(Backbone network, string? role = null) => "fine-tuning-" + Name(network, role);

    /// <summary>The distillation into a network; a role tells it from another network of its name.</summary>
    public static string Distillation(Backbone network, string? role = null) => "distillation-" + Name(network, role);

    private static string Name(Backbone network, string? role) => role is null ? network.ModelName : $"{role}-{network.ModelName}";
}
