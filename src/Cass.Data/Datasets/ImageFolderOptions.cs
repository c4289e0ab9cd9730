namespace Cass.Data;

/// <summary>How an image folder is read.</summary>
public sealed record ImageFolderOptions
{
    /// <summary>The classes, whose names are those of the folders; null numbers the folders by name, in ordinal order.</summary>
    public LabelMap? Labels { get; init; }

    /// <summary>Whether the first level of folders names the classes. Default true; false reads every image below the folder, unlabelled.</summary>
    public bool ClassPerFolder { get; init; } = true;

    /// <summary>
    /// Extensions of the files that are images; all others are left out, and counted in <see cref="ImageDataset.Warnings"/>. Default
    /// .jpg, .jpeg, .jpe, .jfif, .png, .bmp, .dib, .webp, .gif; case does not matter.
    /// </summary>
    public IReadOnlyList<string> Extensions { get; init; } = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".webp", ".gif"];

    /// <summary>The group of an image, such as its patient, from its path below the folder (separated by <c>/</c>); null for no groups.</summary>
    public Func<string, string>? Group { get; init; }

    /// <summary>How messages about the folder spell these options. Default <see cref="SettingNames.Properties"/>.</summary>
    public SettingNames Names { get; init; } = SettingNames.Properties;

    /// <summary>How the images are decoded.</summary>
    public ImageDecodingOptions Decoding { get; init; } = ImageDecodingOptions.Default;

    /// <summary>Advice on one of these options, or nothing where the interface has none.</summary>
    internal string Advise(string property, Func<string, string> advice) => Names.Advise($"{nameof(ImageFolderOptions)}.{property}", advice);
}
