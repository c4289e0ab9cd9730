namespace Cass.Training;

/// <summary>Which networks a trainer makes.</summary>
[Flags]
internal enum ChosenNetworks
{
    None = 0,
    Cnn = 1,
    Transformer = 2,
    Both = Cnn | Transformer,
}
