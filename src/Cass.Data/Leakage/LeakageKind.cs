namespace Cass.Data;

/// <summary>How two images of different parts are connected, the strongest connection first.</summary>
public enum LeakageKind
{
    /// <summary>Their files have the same bytes.</summary>
    SameBytes,

    /// <summary>They decode to the same pixels.</summary>
    SamePixels,

    /// <summary>They look alike: their perceptual hashes differ in few bits.</summary>
    NearDuplicate,

    /// <summary>They belong to the same group, such as a patient.</summary>
    SameGroup,
}
