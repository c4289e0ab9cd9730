namespace Cass.Training;

/// <summary>Which outputs for one image are compared, where there are two views and a safeguard.</summary>
public enum ComparedPairs
{
    /// <summary>Those of different networks for different views: what is cross-architectural in CASS.</summary>
    AcrossNetworks,

    /// <summary>Besides, each network's own for the two views, as in SimSiam, BYOL and VICReg.</summary>
    AcrossNetworksAndViews,
}
