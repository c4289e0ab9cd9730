using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Cass.Models;

/// <summary>Downloads a file of the Hugging Face hub over HTTP, one attempt at a time.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MaxRedirections = 8;

    private readonly WeightStoreOptions options;
    private readonly HttpClient client;
    private readonly string? token;

    public HubClient(WeightStoreOptions options)
    {
        this.options = options;
        Address = options.HubAddress ?? FromEnvironment("HF_ENDPOINT") ?? new Uri("https://huggingface.co");
        token = options.Token ?? Environment.GetEnvironmentVariable("HF_TOKEN");
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.StallTimeout,
            UseCookies = false,
        };
        if (options.Proxy is not null)
        {
            handler.Proxy = options.Proxy;
        }

        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("cass-dotnet", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
    }

    /// <summary>The hub's address.</summary>
    public Uri Address { get; }

    /// <summary>The address of a file.</summary>
    public Uri AddressOf(WeightReference reference, string file) => new(
        Address.AbsoluteUri.TrimEnd('/') + $"/{reference.Owner}/{reference.Name}/resolve/{Uri.EscapeDataString(reference.Revision)}/{file}");

    /// <summary>
    /// One attempt to download what is missing of a file into its part.
    /// </summary>
    /// <returns>What the hub says of the file; null where there is no such file.</returns>
    /// <exception cref="TransientDownloadException">The attempt failed; the part keeps what arrived.</exception>
    /// <exception cref="WeightStoreException">The hub refuses the file.</exception>
    public async Task<RemoteFile?> FetchAsync(Uri address, CachedFile cached, Action<long, long?> report, CancellationToken cancellationToken)
    {
        try
        {
            return await FetchOnceAsync(address, cached, report, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError != HttpRequestError.NameResolutionError)
        {
            throw new TransientDownloadException(exception.Message, retryAfter: null, exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientDownloadException($"the server sent nothing for {options.StallTimeout.TotalSeconds} seconds", retryAfter: null, exception);
        }
    }

    public void Dispose() => client.Dispose();

    private static Uri? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is not { Length: > 0 } value ? null
        : Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
        : throw new CassInputException($"The environment variable {name} is '{value}'; it must be an http or https address.");

    private async Task<RemoteFile?> FetchOnceAsync(Uri address, CachedFile cached, Action<long, long?> report, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Without a digest nothing tells whether the part is of the same file.
        var partDigest = cached.PartNote?.Digest;
        var resumeFrom = partDigest is null ? 0 : cached.PartLength;
        RemoteFile? remote = null;
        for (var hop = 0; hop <= MaxRedirections; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            if (token is { Length: > 0 } && Uri.Compare(address, Address, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            if (resumeFrom > 0)
            {
                request.Headers.Range = new RangeHeaderValue(resumeFrom, null);
            }

            stall.CancelAfter(options.StallTimeout);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            if (hop == 0 && response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            var isRedirection = response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
            if (!isRedirection)
            {
                Require(response, address, cached);
            }

            remote ??= RemoteFile.Of(response);
            if (resumeFrom > 0 && !string.Equals(partDigest, remote.Digest ?? partDigest, StringComparison.Ordinal))
            {
                cached.DiscardPart();
                throw new TransientDownloadException("the file has changed since the download began");
            }

            if (isRedirection)
            {
                address = Redirected(address, response);
                continue;
            }

            remote = remote with { Size = remote.Size ?? RemoteFile.Of(response).Size };
            await ReceiveAsync(response, remote, cached, resumeFrom, report, stall).ConfigureAwait(false);
            return remote;
        }

        throw new WeightStoreException($"'{address}' redirects more than {MaxRedirections} times; check WeightStoreOptions.HubAddress.");
    }

    private static Uri Redirected(Uri address, HttpResponseMessage response)
    {
        var location = response.Headers.Location ?? throw new WeightStoreException($"'{address}' redirects to nowhere; check WeightStoreOptions.HubAddress.");
        var target = new Uri(address, location);
        if (target.Scheme is not ("http" or "https") || (address.Scheme is "https" && target.Scheme is not "https"))
        {
            throw new WeightStoreException($"'{address}' redirects from https to '{target.Scheme}:', which is not followed.");
        }

        return target;
    }

    private void Require(HttpResponseMessage response, Uri address, CachedFile cached)
    {
        var status = (int)response.StatusCode;
        switch (status)
        {
            case 200 or 206:
                return;
            case 416:
                cached.DiscardPart();
                throw new TransientDownloadException("the server has no more of the file than is there already, and it is not whole");
            case 401 or 403:
                throw new WeightStoreException(
                    $"'{address}' is refused ({status}): {(token is { Length: > 0 } ? "the token given has no access to it" : "it needs a token; set the environment variable HF_TOKEN or WeightStoreOptions.Token")}.");
            case 408 or 429 or (>= 500 and < 600):
                throw new TransientDownloadException($"the server answered {status} {response.ReasonPhrase}", RetryAfter(response));
            default:
                throw new WeightStoreException($"'{address}' was answered with {status} {response.ReasonPhrase}; check the reference and WeightStoreOptions.HubAddress.");
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => null,
    };

    /// <summary>Reads from the network, whose failures, unlike those of the disk, may pass.</summary>
    private static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new TransientDownloadException(exception.Message, retryAfter: null, exception);
        }
    }

    private async Task ReceiveAsync(
        HttpResponseMessage response, RemoteFile remote, CachedFile cached, long resumeFrom, Action<long, long?> report, CancellationTokenSource stall)
    {
        var start = 0L;
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            start = response.Content.Headers.ContentRange?.From ?? -1;
            if (start != resumeFrom)
            {
                cached.DiscardPart();
                throw new TransientDownloadException(string.Create(CultureInfo.InvariantCulture, $"the server sent byte {start} where byte {resumeFrom} was asked for"));
            }
        }

        cached.WritePartNote(remote);
        var part = new FileStream(cached.PartPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 1);
        await using (part.ConfigureAwait(false))
        {
            part.SetLength(start);
            part.Seek(start, SeekOrigin.Begin);
            var body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                var buffer = new byte[1 << 17];
                while (true)
                {
                    stall.CancelAfter(options.StallTimeout);
                    var read = await ReadAsync(body, buffer, stall.Token).ConfigureAwait(false);
                    if (read == 0)
                    {
                        break;
                    }

                    await part.WriteAsync(buffer.AsMemory(0, read), stall.Token).ConfigureAwait(false);
                    report(part.Position, remote.Size);
                    if (part.Position > remote.Size)
                    {
                        break;
                    }
                }
            }

            part.Flush(flushToDisk: true);
            if (remote.Size is { } size && part.Position < size)
            {
                throw new TransientDownloadException(string.Create(CultureInfo.InvariantCulture, $"the connection ended after {part.Position} of {size} bytes"));
            }
        }
    }
}
