using System.Text;

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

    /// <summary>
    /// What the file is written in, where no byte-order mark says so; null for UTF-8. Files of Windows programs are often
    /// <c>CodePagesEncodingProvider.Instance.GetEncoding(1252)</c>, or <see cref="System.Text.Encoding.Latin1"/>. Default null.
    /// </summary>
    public Encoding? Encoding { get; init; }

    /// <summary>What stands between several labels of one image, such as <c>|</c>; null where every image has one label. An empty field is then an image without a label. Default null.</summary>
    public string? LabelSeparator { get; init; }

    /// <summary>
    /// The classes; null numbers those that occur: by value where all are whole numbers, otherwise by name in ordinal order.
    /// Names that differ only in case, white space or Unicode form are two classes only where a map has both.
    /// </summary>
    public LabelMap? Labels { get; init; }

    /// <summary>Whether targets are names of classes or ids in <see cref="Labels"/>. Default names.</summary>
    public TargetKind Targets { get; init; } = TargetKind.Names;

    /// <summary>The folder that relative paths start from; null for the manifest's own. Absolute paths stay as they are.</summary>
    public string? Root { get; init; }

    /// <summary>Whether every file is looked for while the manifest is read. Default true.</summary>
    public bool CheckFiles { get; init; } = true;

    /// <summary>
    /// Whether a file may come up more than once, as it does where rare classes are repeated. Default false. Labels that
    /// contradict each other are then a warning in <see cref="ImageDataset.Warnings"/>.
    /// </summary>
    public bool AllowDuplicates { get; init; }

    /// <summary>How messages about the manifest spell these options. Default <see cref="SettingNames.Properties"/>.</summary>
    public SettingNames Names { get; init; } = SettingNames.Properties;

    /// <summary>How the images are decoded.</summary>
    public ImageDecodingOptions Decoding { get; init; } = ImageDecodingOptions.Default;

    /// <summary>Advice on one of these options, or nothing where the interface has none.</summary>
    internal string Advise(string property, Func<string, string> advice) => Names.Advise($"{nameof(CsvManifestOptions)}.{property}", advice);
}
