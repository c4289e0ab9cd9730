namespace Cass.Models;

/// <summary>
/// Published weights by reference: <c>hf:timm/resnet50.a1_in1k</c> is downloaded from the Hugging Face hub once, verified,
/// and kept in a cache, from where it works without a network.
/// </summary>
/// <remarks>
/// A broken download goes on where it broke, in this or a later call. A file appears in the cache only when its size and
/// digest (SHA-256 for large files) are right and it opens as a weight file. Several threads and processes may ask for the
/// same file; one downloads it. A branch such as <c>main</c> is looked up once and then stays as it is in the cache; name
/// a commit to be sure of the content.
/// </remarks>
public sealed class WeightStore : IDisposable
{
    private static readonly string[] DefaultFiles = ["model.safetensors", "pytorch_model.bin"];

    private static readonly HashSet<string> WeightExtensions = new(StringComparer.OrdinalIgnoreCase) { ".safetensors", ".bin", ".pth", ".pt", ".ckpt" };

    private readonly WeightStoreOptions options;
    private readonly Lazy<HubClient> hub;

    /// <summary>Creates a store; nothing is looked up yet.</summary>
    /// <param name="options">Where to look and where to keep; null for the defaults.</param>
    /// <exception cref="CassInputException">An option is out of its range.</exception>
    public WeightStore(WeightStoreOptions? options = null)
    {
        this.options = options ?? new WeightStoreOptions();
        this.options.Validate();
        hub = new Lazy<HubClient>(() => new HubClient(this.options));
        CacheDirectory = Path.GetFullPath(this.options.CacheDirectory ?? DefaultCacheDirectory());
    }

    /// <summary>The folder that downloads are kept in.</summary>
    public string CacheDirectory { get; }

    /// <summary>Finds a weight file: a path is returned as it is, a reference is resolved from the cache or the hub.</summary>
    /// <param name="pathOrReference">A path, or a reference such as <c>hf:timm/resnet50.a1_in1k</c>.</param>
    /// <param name="progress">Is told how far a download is; null for nobody.</param>
    /// <param name="cancellationToken">Stops a download; what arrived is kept for the next call.</param>
    /// <returns>The path of the file.</returns>
    /// <exception cref="WeightStoreException">The file is not in the cache and cannot be downloaded; the message says what to do.</exception>
    /// <exception cref="CassInputException">The reference is not well formed.</exception>
    public string Resolve(string pathOrReference, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => ResolveAsync(pathOrReference, progress, cancellationToken), CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Finds a weight file: a path is returned as it is, a reference is resolved from the cache or the hub.</summary>
    /// <param name="pathOrReference">A path, or a reference such as <c>hf:timm/resnet50.a1_in1k</c>.</param>
    /// <param name="progress">Is told how far a download is; null for nobody.</param>
    /// <param name="cancellationToken">Stops a download; what arrived is kept for the next call.</param>
    /// <returns>The path of the file.</returns>
    /// <exception cref="WeightStoreException">The file is not in the cache and cannot be downloaded; the message says what to do.</exception>
    /// <exception cref="CassInputException">The reference is not well formed.</exception>
    public async Task<string> ResolveAsync(string pathOrReference, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrReference);
        if (!WeightReference.IsReference(pathOrReference))
        {
            return pathOrReference;
        }

        var reference = WeightReference.Parse(pathOrReference);
        string[] files = reference.File is { } named ? [named] : DefaultFiles;
        foreach (var file in files)
        {
            if (Cached(reference, file) is { IsComplete: true } complete)
            {
                return complete.Path;
            }
        }

        if (options.Offline ?? (Environment.GetEnvironmentVariable("HF_HUB_OFFLINE") is "1" or "true"))
        {
            throw new WeightStoreException($"'{reference}' is not in the cache, and the store is offline. {ByHand(reference, files[0])}");
        }

        foreach (var file in files)
        {
            if (await DownloadAsync(reference, file, progress, cancellationToken).ConfigureAwait(false) is { } path)
            {
                return path;
            }
        }

        throw new WeightStoreException(
            $"'{reference}' is not on the hub: '{hub.Value.AddressOf(reference, files[0])}' does not exist. Check the name; BackboneRegistry.Tags lists what timm publishes.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (hub.IsValueCreated)
        {
            hub.Value.Dispose();
        }
    }

    private static string DefaultCacheDirectory()
    {
        if (Environment.GetEnvironmentVariable("CASS_CACHE") is { Length: > 0 } named)
        {
            return named;
        }

        var root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(root, "cass");
    }

    private CachedFile Cached(WeightReference reference, string file) =>
        new(Path.Combine(CacheDirectory, "hub", reference.Owner, reference.Name, reference.Revision, file));

    private string ByHand(WeightReference reference, string file) =>
        $"Where there is no network, download '{hub.Value.AddressOf(reference, file)}' elsewhere and give its path instead of the reference.";

    private async Task<string?> DownloadAsync(WeightReference reference, string file, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var cached = Cached(reference, file);
        try
        {
            using var held = await cached.LockAsync(cancellationToken).ConfigureAwait(false);

            // Another process may have finished it while this one waited.
            return cached.IsComplete ? cached.Path : await DownloadAsync(reference, file, cached, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WeightStoreException(
                $"The cache '{CacheDirectory}' cannot be written: {exception.Message.TrimEnd('.')}. Free room there, or name another folder by the environment variable CASS_CACHE or WeightStoreOptions.CacheDirectory.",
                exception);
        }
    }

    private async Task<string?> DownloadAsync(
        WeightReference reference, string file, CachedFile cached, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var address = hub.Value.AddressOf(reference, file);
        void Report(long bytes, long? total) => progress?.Report(new DownloadProgress($"{reference.Owner}/{reference.Name}/{file}", bytes, total));
        var pause = options.RetryDelay;
        var furthest = cached.PartLength;
        for (int attempt = 1, failures = 1; ; attempt++, failures++)
        {
            try
            {
                if (await hub.Value.FetchAsync(address, cached, Report, cancellationToken).ConfigureAwait(false) is not { } remote)
                {
                    return null;
                }

                Verify(cached, remote, address);
                cached.Publish(remote);
                return cached.Path;
            }
            catch (TransientDownloadException exception) when (exception.RetryAfter is { } asked && asked > options.MaxRetryDelay)
            {
                throw new WeightStoreException($"'{address}' cannot be had now: {exception.Message}, and asks to wait for {asked.TotalMinutes:0} minutes. Try again then. {ByHand(reference, file)}", exception);
            }
            catch (TransientDownloadException exception) when (failures < options.MaxAttempts || cached.PartLength > furthest)
            {
                var wait = exception.RetryAfter is { } asked && asked > pause ? asked : pause;
                if (cached.PartLength > furthest)
                {
                    // It got further: go on at once, and count anew.
                    (furthest, failures, pause, wait) = (cached.PartLength, 1, options.RetryDelay, exception.RetryAfter ?? TimeSpan.Zero);
                }

                await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, options.MaxRetryDelay.Ticks));
            }
            catch (Exception exception) when (exception is TransientDownloadException or HttpRequestException)
            {
                throw new WeightStoreException(
                    $"'{address}' could not be downloaded in {attempt} attempt{(attempt == 1 ? string.Empty : "s")}: {exception.Message.TrimEnd('.')}. {ByHand(reference, file)}",
                    exception);
            }
        }
    }

    private static void Verify(CachedFile cached, RemoteFile remote, Uri address)
    {
        if (remote.Size is { } size && cached.PartLength != size)
        {
            cached.DiscardPart();
            throw new TransientDownloadException($"the server sent more than the {size} bytes of the file");
        }

        if (remote.Digest is { } expected)
        {
            var actual = FileDigest.Compute(cached.PartPath, expected.Length);
            if (!string.Equals(actual, expected, StringComparison.Ordinal))
            {
                cached.DiscardPart();
                throw new TransientDownloadException($"its digest is {actual}, and the hub says {expected}");
            }
        }

        if (!WeightExtensions.Contains(Path.GetExtension(cached.Path)))
        {
            return;
        }

        try
        {
            StateDictFile.Open(cached.PartPath).Dispose();
        }
        catch (WeightFileException exception)
        {
            cached.DiscardPart();
            throw new WeightStoreException($"What '{address}' sent is not a weight file; a proxy or a login page may have answered in its place. ({exception.Message})", exception);
        }
    }
}
