namespace Cass.Metrics;

/// <summary>Whether a network still tells images apart; in rising order of alarm.</summary>
public enum CollapseVerdict
{
    /// <summary>Embeddings differ between images, in many directions.</summary>
    Healthy,

    /// <summary>Embeddings draw together, into one point or one line; the run needs a look.</summary>
    Collapsing,

    /// <summary>Embeddings are as good as equal, or vary along one line only; there is nothing left to learn from.</summary>
    Collapsed,
}
