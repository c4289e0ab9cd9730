namespace Cass.Training;

/// <summary>What a trainer does where it is to be scored on images that it is trained on.</summary>
public enum DuplicateAction
{
    /// <summary>A warning with the numbers; reports give the scores with and without these images.</summary>
    Warn,

    /// <summary>Nothing but the scores in the reports.</summary>
    Report,

    /// <summary>A <see cref="CassInputException"/> with the numbers, before anything is trained or scored.</summary>
    Fail,
}
