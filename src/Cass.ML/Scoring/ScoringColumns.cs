namespace Cass.ML;

/// <summary>Columns that exist between the steps of a transformer, and none of which it leaves behind.</summary>
internal static class ScoringColumns
{
    public const string Image = "CassImage";
    public const string Constant = "CassConstant";
    public const string Preparation = "CassPreparation";
    public const string Pixels = "CassPixels";
    public const string Scores = "CassScores";
    public const string Decisions = "CassDecisions";
    public const string ClassIndex = "CassClassIndex";
}
