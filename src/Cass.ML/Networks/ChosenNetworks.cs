using Cass.Training;

namespace Cass.ML;

/// <summary>The networks of a trainer that <see cref="CassNetworks"/> means.</summary>
internal static class ChosenNetworks
{
    /// <summary>Those that are fine-tuned or embed.</summary>
    /// <exception cref="CassInputException">The trainer lacks the one that was asked for.</exception>
    public static IReadOnlyList<Backbone> Of(CassTrainer trainer, CassNetworks networks) => networks switch
    {
        CassNetworks.Both => trainer.Networks,
        CassNetworks.Cnn => [trainer.Cnn],
        CassNetworks.Transformer => [trainer.Transformer],
        _ => throw new CassInputException($"{nameof(CassNetworks)} has no value {networks}."),
    };
}
