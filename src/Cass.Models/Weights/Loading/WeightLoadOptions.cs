namespace Cass.Models;

/// <summary>How weights are loaded into a backbone.</summary>
public sealed class WeightLoadOptions
{
    /// <summary>
    /// True to require that the file has exactly the network's tensors in the network's shapes. False to adapt as timm
    /// does: the first convolution to other channels, the position embedding to another grid, the classifier left as
    /// it is where its size differs or the file has none. Default false.
    /// </summary>
    public bool Strict { get; set; }

    /// <summary>
    /// True to take what fits from a file of another structure: one with tensors inside the network's stages that the
    /// network does not have, without its buffers (running means and variances), or without whole blocks of it. The report
    /// says what was left out. Default false: such a file is refused.
    /// </summary>
    public bool AllowPartial { get; set; }

    /// <summary>
    /// What the names in the file begin with, such as <c>module.</c> or <c>teacher.backbone.</c>; empty for nothing;
    /// null to find it, whatever it is. In a PyTorch file, the keys of enclosing dictionaries count: <c>state_dict.module.</c>.
    /// Default null.
    /// </summary>
    public string? Prefix { get; set; }

    /// <summary>
    /// Height and width of the grid of patches that the file's position embedding is for; null for what the file says,
    /// and a square where it does not say. Default null.
    /// </summary>
    public (int Height, int Width)? PositionGrid { get; set; }

    /// <summary>Resolves references such as <c>hf:timm/resnet50.a1_in1k</c>; null for a store with default options. Default null.</summary>
    public WeightStore? Store { get; set; }

    /// <summary>How messages spell these options. Default <see cref="SettingNames.Properties"/>.</summary>
    public SettingNames Names { get; set; } = SettingNames.Properties;

    /// <summary>Advice on one of these options, or nothing where the interface has none.</summary>
    internal string Advise(string property, Func<string, string> advice) => Names.Advise($"{nameof(WeightLoadOptions)}.{property}", advice);
}
