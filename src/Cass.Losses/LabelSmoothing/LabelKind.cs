namespace Cass.Losses;

/// <summary>Whether the labels of an image exclude one another.</summary>
public enum LabelKind
{
    /// <summary>Any number of labels an image, each decided on its own (sigmoid).</summary>
    Independent,

    /// <summary>Exactly one label an image (softmax).</summary>
    Exclusive,
}
