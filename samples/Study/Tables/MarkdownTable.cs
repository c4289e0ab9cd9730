namespace Study.Tables;

/// <summary>A table in Markdown.</summary>
internal sealed class MarkdownTable(params string[] columns)
{
    private readonly List<string[]> rows = [];

    public bool IsEmpty => rows.Count == 0;

    public void Add(params string[] fields) => rows.Add(fields);

    public override string ToString() => string.Join('\n', new[] { columns, [.. columns.Select(_ => "---")] }.Concat(rows).Select(fields => $"| {string.Join(" | ", fields)} |")) + "\n";
}
