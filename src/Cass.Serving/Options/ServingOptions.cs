namespace Cass.Serving;

/// <summary>How a <see cref="ClassifierService"/> queues, batches and reloads. Checked and copied when the service is made.</summary>
public sealed class ServingOptions
{
    private const int LargestBatch = 4096;
    private const int LongestQueue = 1_000_000;
    private const int MostThreads = 256;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromDays(1);

    /// <summary>Largest number of images that are computed at once.</summary>
    /// <value>
    /// Default 4, which a processor gains most by whatever the size of the images; a GPU wants more, such as 32. 1 to 4096. With 1, answers are to the bit
    /// those of the classifier used alone.
    /// </value>
    public int MaxBatchSize { get; set; } = 4;

    /// <summary>
    /// How long the first image of a batch waits for others, while others are on their way or the last batch had several. An image that
    /// comes alone does not wait.
    /// </summary>
    /// <value>Default 2 ms; 0 to 1 s.</value>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Largest number of images that are accepted and not yet answered: those that are being read, wait, are prepared or computed. Beyond it,
    /// calls end at once in a <see cref="ServiceOverloadedException"/>.
    /// </summary>
    /// <value>Default 128; <see cref="MaxBatchSize"/> to 1,000,000.</value>
    public int MaxQueue { get; set; } = 128;

    /// <summary>
    /// Largest number of encoded bytes that are held for those images until they are decoded; beyond it, calls end in a <see cref="ServiceOverloadedException"/>. A
    /// single image may be larger.
    /// </summary>
    /// <value>Default 268,435,456 (256 MiB); at least 1.</value>
    public long MaxQueuedBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Number of threads that decode and resize images; also the number of images that are held decoded. Each takes at most what
    /// <c>ImageDecodingOptions.MaxPixels</c> of the classifier allows: up to 350 MB by default.
    /// </summary>
    /// <value>Default null: <see cref="AvailableProcessors.Count"/>, but at most 8; 1 to 256.</value>
    public int? PreparationThreads { get; set; }

    /// <summary>Whether the classifier's files are watched, and the classifier is read again when they have changed.</summary>
    /// <value>Default true.</value>
    public bool ReloadOnChange { get; set; } = true;

    /// <summary>
    /// How often the files are looked at: for their sizes, times and identities, which works on network shares and mounted volumes too. They are read again when
    /// they have changed and were the same twice.
    /// </summary>
    /// <value>Default 2 s; 10 ms to 1 day.</value>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What is outside its range, as sentences.</summary>
    internal IReadOnlyList<string> Failures() =>
    [
        .. Outside(nameof(MaxBatchSize), MaxBatchSize, 1, LargestBatch),
        .. Outside(nameof(MaxDelay), MaxDelay, TimeSpan.Zero, LongestDelay),
        .. Outside(nameof(MaxQueue), MaxQueue, 1, LongestQueue),
        .. Outside(nameof(MaxQueuedBytes), MaxQueuedBytes, 1, long.MaxValue),
        .. PreparationThreads is { } threads ? Outside(nameof(PreparationThreads), threads, 1, MostThreads) : [],
        .. Outside(nameof(PollInterval), PollInterval, ShortestPoll, LongestPoll),
        .. MaxQueue is >= 1 and <= LongestQueue && MaxQueue < MaxBatchSize
            ? [$"{nameof(ServingOptions)}.{nameof(MaxQueue)} is {MaxQueue}, less than {nameof(MaxBatchSize)}, {MaxBatchSize}, so that no batch is ever full; raise it, or lower {nameof(MaxBatchSize)}."]
            : (string[])[],
    ];

    /// <summary>A copy that nobody else changes.</summary>
    /// <exception cref="CassInputException">An option is outside its range.</exception>
    internal ServingOptions Checked() => Failures() is { Count: > 0 } failures
        ? throw new CassInputException(string.Join(' ', failures))
        : (ServingOptions)MemberwiseClone();

    private static IEnumerable<string> Outside<T>(string name, T value, T minimum, T maximum)
        where T : IComparable<T>
    {
        if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
        {
            yield return $"{nameof(ServingOptions)}.{name} is {value}; it must be at least {minimum}{(maximum is long.MaxValue ? string.Empty : $" and at most {maximum}")}.";
        }
    }
}
