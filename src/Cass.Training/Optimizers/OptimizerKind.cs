namespace Cass.Training;

/// <summary>The rule by which parameters follow their gradients.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba 2015); weight decay, if any, is added to the gradient.</summary>
    Adam,

    /// <summary>AdamW (Loshchilov and Hutter 2019); weight decay is applied to the weights themselves.</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,

    /// <summary>LARS (You et al. 2017): momentum with a learning rate for each layer, for very large batches.</summary>
    Lars,
}
