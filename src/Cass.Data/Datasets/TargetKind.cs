namespace Cass.Data;

/// <summary>What the targets of a manifest are.</summary>
public enum TargetKind
{
    /// <summary>Names of classes.</summary>
    Names,

    /// <summary>Class ids, to be read with the label map that numbered them.</summary>
    Ids,
}
