using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>How a trainer and its classifiers guard against scores on images that they were trained on.</summary>
public sealed class DuplicateCheckOptions
{
    /// <summary>How far images are compared. Default <see cref="DuplicateCheck.Bytes"/>.</summary>
    public DuplicateCheck Compare { get; set; } = DuplicateCheck.Bytes;

    /// <summary>Largest number of differing bits, of 64, of the perceptual hashes of images that look alike. Default 4.</summary>
    [Range(0, 15)]
    public int MaxDistance { get; set; } = 4;

    /// <summary>What happens where there are such images. Default <see cref="DuplicateAction.Warn"/>.</summary>
    public DuplicateAction Action { get; set; } = DuplicateAction.Warn;

    /// <summary>Threads that read images. Default 0: one for each processor.</summary>
    [Range(0, 1024)]
    public int Workers { get; set; }
}
