namespace Cass.Training;

/// <summary>Options with rules that no range of a single one expresses.</summary>
internal interface IRelatedSettings
{
    /// <summary>What is wrong, as sentences.</summary>
    /// <param name="path">What stands before the names of these options, such as <c>FineTuning.</c>; empty for the outermost.</param>
    IEnumerable<string> Failures(string path);
}
