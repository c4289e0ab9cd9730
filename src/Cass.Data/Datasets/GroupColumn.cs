namespace Cass.Data;

/// <summary>The group of every row, such as the patient: an id each, and a name for every id.</summary>
internal sealed record GroupColumn(int[] Ids, string[] Names);
