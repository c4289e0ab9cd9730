namespace Cass.Training;

/// <summary>How a <see cref="CassMethod"/> compares its networks.</summary>
public sealed record CassMethodOptions
{
    /// <summary>What keeps the networks from collapse. Default none, as published.</summary>
    public CollapseSafeguard Safeguard { get; init; }

    /// <summary>Views of each image: 1, as published and by default, or 2.</summary>
    public int ViewCount { get; init; } = 1;

    /// <summary>Which outputs are compared, with two views and a safeguard. Default <see cref="ComparedPairs.AcrossNetworks"/>.</summary>
    public ComparedPairs Pairs { get; init; }

    /// <summary>Width of the projectors' two layers, with a safeguard. Default 512.</summary>
    public int ProjectorWidth { get; init; } = 512;

    /// <summary>Momentum of the teachers' first step, with <see cref="CollapseSafeguard.MomentumTeacher"/>; rises to 1. Default 0.996.</summary>
    public double TeacherMomentum { get; init; } = 0.996;
}
