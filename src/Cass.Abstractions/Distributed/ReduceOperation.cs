namespace Cass;

/// <summary>How an all-reduce combines the numbers of all processes.</summary>
public enum ReduceOperation
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The greatest of them.</summary>
    Max,

    /// <summary>The least of them.</summary>
    Min,
}
