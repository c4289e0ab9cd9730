namespace Cass.Data;

/// <summary>How a CSV manifest is read. The defaults are the published notebook's: an index column, <c>path</c>, <c>target</c>.</summary>
public sealed record CsvManifestOptions
{
    /// <summary>Header of the column of paths. Default <c>path</c>.</summary>
    public string PathColumn { get; init; } = "path";

    /// <summary>Header of the column of classes; null for unlabelled images. Default <c>target</c>.</summary>
    public string? TargetColumn { get; init; } = "target";

    /// <summary>Header of the column of groups, such as patients; null for no groups. Default null.</summary>
    public string? GroupColumn { get; init; }

    /// <summary>What stands between the fields, an ASCII character; null finds out which of <c>, ; | tab</c> it is (a comma, where one is written). Default null.</summary>
    public char? Separator { get; init; }

    /// <summary>What stands between several labels of one image, such as <c>|</c>; null where every image has one label. An empty field is then an image without a label. Default null.</summary>
    public string? LabelSeparator { get; init; }

    /// <summary>The classes; null numbers those that occur: by value where all are whole numbers, otherwise by name in ordinal order.</summary>
    public LabelMap? Labels { get; init; }

    /// <summary>Whether targets are names of classes or ids in <see cref="Labels"/>. Default names.</summary>
    public TargetKind Targets { get; init; } = TargetKind.Names;

    /// <summary>The folder that relative paths start from; null for the manifest's own. Absolute paths stay as they are.</summary>
    public string? Root { get; init; }

    /// <summary>Whether every file is looked for while the manifest is read. Default true.</summary>
    public bool CheckFiles { get; init; } = true;

    /// <summary>Whether a path may come up more than once, as it does where rare classes are repeated. Default false.</summary>
    public bool AllowDuplicates { get; init; }

    /// <summary>How the images are decoded.</summary>
    public ImageDecodingOptions Decoding { get; init; } = ImageDecodingOptions.Default;
}
