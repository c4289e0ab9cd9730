namespace Study.Methods;

/// <summary>Which networks a method pretrains.</summary>
internal enum TrainedNetworks
{
    /// <summary>None: there is nothing but fine-tuning.</summary>
    None,

    /// <summary>Both, together, in one run.</summary>
    Pair,

    /// <summary>Both, each in a run of its own.</summary>
    Each,

    /// <summary>The transformer, by what the CNN knows, which stays as it is.</summary>
    Transformer,
}
