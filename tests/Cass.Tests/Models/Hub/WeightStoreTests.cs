using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models.Hub;

/// <summary>The store against a server that does what the hub does, and what networks do to it.</summary>
public sealed class WeightStoreTests : IDisposable
{
    private const string Reference = "hf:timm/tiny.a1_in1k";
    private const string Target = "/timm/tiny.a1_in1k/resolve/main/model.safetensors";

    private readonly TemporaryFolder folder = new();
    private readonly byte[] weights;
    private readonly List<IDisposable> owned = [];

    public WeightStoreTests()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Write(folder["weights"], [new("a", randn(100, 1000)), new("b", randn(7))]);
        weights = File.ReadAllBytes(folder["weights"]);
    }

    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    private string Sha256 => Convert.ToHexStringLower(SHA256.HashData(weights));

    private string Cache => folder["cache"];

    public void Dispose()
    {
        owned.ForEach(o => o.Dispose());
        folder.Dispose();
    }

    [Fact]
    public async Task A_file_is_downloaded_once_and_then_comes_from_the_cache_without_a_network()
    {
        var hub = Hub(request => HubReply.Of(weights, request, ("ETag", $"\"{Sha256}\"")));
        var reports = new List<DownloadProgress>();
        var path = await Store(hub).ResolveAsync(Reference, new Collected(reports), Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(path, Canceled));
        Assert.Equal(Target, Assert.Single(hub.Requests).Target);
        Assert.Null(hub.Requests[0].Token);
        Assert.Equal(new DownloadProgress("timm/tiny.a1_in1k/model.safetensors", weights.Length, weights.Length), reports[^1]);
        Assert.Equal(reports.Select(r => r.Bytes).Order(), reports.Select(r => r.Bytes));

        hub.Dispose();
        Assert.Equal(path, await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled));
        Assert.Equal(path, Store(hub, o => o.Offline = true).Resolve(Reference));
        Assert.Single(hub.Requests);
        Assert.Empty(Directory.GetFiles(Cache, "*.part*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_path_is_returned_as_it_is()
    {
        Assert.Equal("weights.pth", await Store(Refusing()).ResolveAsync("weights.pth", cancellationToken: Canceled));
    }

    [Theory]
    [InlineData(BodyEnd.Closed)]
    [InlineData(BodyEnd.Reset)]
    [InlineData(BodyEnd.Stalled)]
    internal async Task A_broken_download_goes_on_where_it_broke(BodyEnd end)
    {
        const int Breaks = 7;
        var sent = weights.Length / (Breaks + 1);
        var hub = Hub(request => HubReply.Of(weights, request, ("ETag", $"\"{Sha256}\"")) with { Sent = sent, End = end });
        var store = Store(hub, o => { o.MaxAttempts = 2; o.StallTimeout = TimeSpan.FromMilliseconds(400); });
        // The last piece is whole but for the way its connection ends, which no longer matters.
        var path = await store.ResolveAsync(Reference, cancellationToken: Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(path, Canceled));
        Assert.True(hub.Requests.Count > Breaks);
        Assert.Equal(Enumerable.Range(0, hub.Requests.Count).Select(i => i * sent), hub.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task A_canceled_download_keeps_what_arrived_for_another_store()
    {
        using var cancel = new CancellationTokenSource();
        var half = weights.Length / 2;
        var first = true;
        var hub = Hub(request =>
        {
            var reply = HubReply.Of(weights, request, ("ETag", $"\"{Sha256}\""));
            (first, reply) = (false, first ? reply with { Sent = half, End = BodyEnd.Stalled } : reply);
            return reply;
        });
        var progress = new Collected([], report =>
        {
            if (report.Bytes == half)
            {
                cancel.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store(hub).ResolveAsync(Reference, progress, cancel.Token));
        Assert.Empty(Directory.GetFiles(Cache, "*.safetensors", SearchOption.AllDirectories));

        var path = await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(path, Canceled));
        Assert.Equal([0, half], hub.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task A_server_without_ranges_or_with_wrong_ones_is_asked_from_the_start()
    {
        var calls = 0;
        var hub = Hub(request => calls++ switch
        {
            0 => HubReply.Of(weights, request, ("ETag", $"\"{Sha256}\"")) with { Sent = 1000, End = BodyEnd.Closed },
            1 => new HubReply(206, weights[5..], ("ETag", $"\"{Sha256}\""), ("Content-Range", $"bytes 5-{weights.Length - 1}/{weights.Length}")),
            2 => HubReply.Of(weights, request, ("ETag", $"\"{Sha256}\"")) with { Sent = 2000, End = BodyEnd.Closed },
            _ => new HubReply(200, weights, ("ETag", $"\"{Sha256}\"")),
        });
        var path = await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(path, Canceled));
        Assert.Equal([0, 1000, 0, 2000], hub.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task A_file_that_changes_meanwhile_is_downloaded_anew()
    {
        byte[] old = [.. weights];
        old[^1] ^= 1;
        var calls = 0;
        var hub = Hub(request => calls++ == 0
            ? HubReply.Of(old, request, ("ETag", Convert.ToHexStringLower(SHA256.HashData(old)))) with { Sent = 5000, End = BodyEnd.Closed }
            : HubReply.Of(weights, request, ("ETag", $"\"{Sha256}\"")));
        var path = await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(path, Canceled));
        Assert.Equal([0, 5000, 0], hub.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_where_it_redirects_to()
    {
        var storage = Hub(request => HubReply.Of(weights, request, ("ETag", "\"of-the-storage\"")));
        var hub = Hub(request => string.Equals(request.Target, Target, StringComparison.Ordinal)
            ? HubReply.Empty(307, ("Location", "/renamed"))
            : HubReply.Empty(
                302,
                ("Location", new Uri(storage.Address, "/signed?key=1").AbsoluteUri),
                ("X-Linked-Size", weights.Length.ToString(CultureInfo.InvariantCulture)),
                ("X-Linked-ETag", $"\"{Sha256}\""),
                ("X-Repo-Commit", "0123")));
        var path = await Store(hub, o => o.Token = "secret").ResolveAsync(Reference, cancellationToken: Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(path, Canceled));
        Assert.All(hub.Requests, r => Assert.Equal("Bearer secret", r.Token));
        Assert.Equal(2, hub.Requests.Count);
        Assert.Equal("/signed?key=1", Assert.Single(storage.Requests).Target);
        Assert.Null(storage.Requests[0].Token);
    }

    [Fact]
    public async Task Redirections_in_a_circle_and_to_nowhere_end()
    {
        await Refused(Store(Hub(_ => HubReply.Empty(302, ("Location", Target)))), "redirects more than");
        await Refused(Store(Hub(_ => HubReply.Empty(302))), "redirects to nowhere");
        await Refused(Store(Hub(_ => HubReply.Empty(302, ("Location", "file:///etc/passwd")))), "not followed");
    }

    [Fact]
    public async Task Where_there_is_no_safetensors_file_PyTorchs_is_taken()
    {
        var pickled = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Models", "PyTorch", "tensors_zip.pth"), Canceled);
        var hub = Hub(request => request.Target.EndsWith("/pytorch_model.bin", StringComparison.Ordinal) ? HubReply.Of(pickled, request) : HubReply.Empty(404));
        Assert.EndsWith("pytorch_model.bin", await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled), StringComparison.Ordinal);
        Assert.Equal(2, hub.Requests.Count);
        Assert.EndsWith("pytorch_model.bin", Store(hub, o => o.Offline = true).Resolve(Reference), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, null, "does not exist")]
    [InlineData(401, null, "HF_TOKEN")]
    [InlineData(403, null, "HF_TOKEN")]
    [InlineData(401, "secret", "the token given has no access")]
    [InlineData(400, null, "400")]
    public async Task A_refusal_says_what_to_do_and_is_not_repeated(int status, string? token, string message)
    {
        var hub = Hub(_ => HubReply.Empty(status));
        var exception = await Refused(Store(hub, o => o.Token = token ?? string.Empty), message);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
        Assert.Equal(status == 404 ? 2 : 1, hub.Requests.Count);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task A_server_that_is_busy_is_asked_again(int status)
    {
        var calls = 0;
        var hub = Hub(request => calls++ < 3 ? HubReply.Empty(status, ("Retry-After", "0")) : HubReply.Of(weights, request));
        var path = await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(path, Canceled));
        Assert.Equal(4, hub.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up_with_the_way_round()
    {
        var hub = Hub(_ => HubReply.Empty(500));
        var exception = await Refused(Store(hub, o => o.MaxAttempts = 3), "in 3 attempts");
        Assert.Contains("500", exception.Message, StringComparison.Ordinal);
        Assert.Contains("give its path instead", exception.Message, StringComparison.Ordinal);
        Assert.Equal(3, hub.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_asks_for_an_hour_is_not_waited_for()
    {
        var hub = Hub(_ => HubReply.Empty(429, ("Retry-After", "3600")));
        await Refused(Store(hub), "60 minutes");
        Assert.Single(hub.Requests);
    }

    [Fact]
    public async Task Retry_After_is_waited_for()
    {
        var times = new List<long>();
        var hub = Hub(request =>
        {
            times.Add(System.Diagnostics.Stopwatch.GetTimestamp());
            return times.Count == 1 ? HubReply.Empty(429, ("Retry-After", "1")) : HubReply.Of(weights, request);
        });
        await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(times[0], times[1]) >= TimeSpan.FromMilliseconds(950));
    }

    [Fact]
    public async Task Content_of_another_digest_never_reaches_the_cache()
    {
        byte[] wrong = [.. weights];
        wrong[weights.Length / 2] ^= 1;
        var hub = Hub(request => HubReply.Of(wrong, request, ("ETag", $"\"{Sha256}\"")));
        await Refused(Store(hub, o => o.MaxAttempts = 2), "its digest is");
        Assert.Equal([0, 0], hub.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task A_small_files_git_digest_is_checked_too()
    {
        // `printf '{}' | git hash-object --stdin` prints this name.
        const string GitBlob = "9e26dfeeb6e641a33dae4961196235bdb965b21b";
        var hub = Hub(request => HubReply.Of("{}"u8.ToArray(), request, ("ETag", $"W/\"{GitBlob}\"")));
        Assert.Equal("{}", await File.ReadAllTextAsync(await Store(hub).ResolveAsync(Reference + "#config.json", cancellationToken: Canceled), Canceled));

        var other = Hub(request => HubReply.Of("{ }"u8.ToArray(), request, ("ETag", $"\"{GitBlob}\"")));
        await Refused(Store(other, o => o.MaxAttempts = 1), "its digest is", Reference + "@v2#config.json");
    }

    [Fact]
    public async Task A_login_page_in_the_files_place_is_not_taken_for_weights()
    {
        var page = Encoding.UTF8.GetBytes("<html><body>Please log in to the proxy</body></html>");
        await Refused(Store(Hub(request => HubReply.Of(page, request))), "not a weight file");
        await Refused(Store(Hub(_ => HubReply.Empty(200))), "not a weight file");
    }

    [Fact]
    public async Task A_body_shorter_or_longer_than_the_hub_says_is_refused()
    {
        var size = ("X-Linked-Size", weights.Length.ToString(CultureInfo.InvariantCulture));
        await Refused(Store(Hub(request => HubReply.Of([.. weights, 0], request, size)), o => o.MaxAttempts = 2), "more than the");
        await Refused(Store(Hub(_ => new HubReply(200, weights[..^1], size) { HasLength = false }), o => o.MaxAttempts = 2), "the connection ended after");
    }

    [Fact]
    public async Task Without_any_length_the_content_itself_is_judged()
    {
        var whole = Hub(_ => new HubReply(200, weights) { HasLength = false });
        await Store(whole).ResolveAsync(Reference, cancellationToken: Canceled);
        var cut = Hub(_ => new HubReply(200, weights[..^1]) { HasLength = false });
        await Refused(Store(cut), "not a weight file", "hf:timm/other");
    }

    [Fact]
    public async Task Many_ask_and_one_downloads()
    {
        var hub = Hub(request => HubReply.Of(weights, request, ("ETag", $"\"{Sha256}\"")));
        var paths = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Store(hub).ResolveAsync(Reference, cancellationToken: Canceled)));
        Assert.Single(paths.Distinct(StringComparer.Ordinal));
        Assert.Single(hub.Requests);
    }

    [Fact]
    public async Task Another_process_that_downloads_is_waited_for()
    {
        var hub = Hub(request => HubReply.Of(weights, request));
        var target = Path.Combine(Cache, "hub", "timm", "tiny.a1_in1k", "main");
        Directory.CreateDirectory(target);
        Task<string> waiting;
        await using (new FileStream(Path.Combine(target, "model.safetensors.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            waiting = Store(hub).ResolveAsync(Reference, cancellationToken: Canceled);
            await Task.Delay(300, Canceled);
            Assert.False(waiting.IsCompleted);
            Assert.Empty(hub.Requests);
        }

        Assert.Equal(weights, await File.ReadAllBytesAsync(await waiting, Canceled));
    }

    [Fact]
    public async Task A_file_that_was_cut_in_the_cache_is_downloaded_again()
    {
        var hub = Hub(request => HubReply.Of(weights, request));
        var path = await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled);
        await File.WriteAllBytesAsync(path, weights[..100], Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled), Canceled));

        await File.WriteAllTextAsync(path + ".json", "{", Canceled);
        Assert.Equal(weights, await File.ReadAllBytesAsync(await Store(hub).ResolveAsync(Reference, cancellationToken: Canceled), Canceled));
        Assert.Equal(3, hub.Requests.Count);
    }

    [Fact]
    public async Task Offline_and_unreachable_say_where_to_get_the_file()
    {
        var offline = await Refused(Store(Refusing(), o => o.Offline = true), "offline");
        Assert.Contains($"{Target}' elsewhere", offline.Message, StringComparison.Ordinal);
        var hub = Hub(_ => HubReply.Empty(500));
        hub.Dispose();
        Assert.Contains("elsewhere", (await Refused(Store(hub, o => o.MaxAttempts = 2), "could not be downloaded in 2 attempts")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_is_named_with_the_remedy()
    {
        await File.WriteAllTextAsync(folder["file"], "not a folder", Canceled);
        var exception = await Refused(Store(Hub(request => HubReply.Of(weights, request)), o => o.CacheDirectory = folder["file"]), "cannot be written");
        Assert.Contains("CASS_CACHE", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_is_asked_in_the_hubs_place()
    {
        var proxy = Hub(request => HubReply.Of(weights, request));
        var store = Store(proxy, o =>
        {
            o.HubAddress = new Uri("http://hub.invalid/mirror/");
            o.Proxy = new WebProxy(proxy.Address);
        });
        await store.ResolveAsync(Reference + "@v1.0", cancellationToken: Canceled);
        Assert.Equal("http://hub.invalid/mirror/timm/tiny.a1_in1k/resolve/v1.0/model.safetensors", Assert.Single(proxy.Requests).Target);
    }

    [Fact]
    public async Task The_environment_gives_address_token_and_cache()
    {
        var hub = Hub(request => HubReply.Of(weights, request));
        (string Name, string Value)[] variables = [("HF_ENDPOINT", hub.Address.AbsoluteUri), ("HF_TOKEN", "from-environment"), ("CASS_CACHE", folder["environment"])];
        string path;
        try
        {
            Array.ForEach(variables, v => Environment.SetEnvironmentVariable(v.Name, v.Value));
            using var store = new WeightStore();
            path = await store.ResolveAsync(Reference, cancellationToken: Canceled);
        }
        finally
        {
            Array.ForEach(variables, v => Environment.SetEnvironmentVariable(v.Name, value: null));
        }

        Assert.StartsWith(folder["environment"], path, StringComparison.Ordinal);
        Assert.Equal("Bearer from-environment", Assert.Single(hub.Requests).Token);
    }

    [Fact]
    public void A_backbone_loads_by_reference()
    {
        using var source = SmallBackbones.Create("vit_tiny_patch16_224");
        BackboneWeights.Save(source, folder["tiny.safetensors"]);
        var content = File.ReadAllBytes(folder["tiny.safetensors"]);
        var hub = Hub(request => HubReply.Of(content, request));
        using var backbone = SmallBackbones.Create("vit_tiny_patch16_224");
        Assert.True(BackboneWeights.Load(backbone, Reference, new WeightLoadOptions { Store = Store(hub) }).IsExact);
        foreach (var (name, value) in source.state_dict())
        {
            Assert.True(value.bytes.SequenceEqual(backbone.state_dict()[name].bytes), name);
        }
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, -1, 1)]
    [InlineData(1, 1, 0)]
    public void Options_out_of_range_are_named(int attempts, int retrySeconds, int stallSeconds)
    {
        var options = new WeightStoreOptions { MaxAttempts = attempts, RetryDelay = TimeSpan.FromSeconds(retrySeconds), StallTimeout = TimeSpan.FromSeconds(stallSeconds) };
        Assert.Contains("WeightStoreOptions.", Assert.Throws<CassInputException>(() => new WeightStore(options)).Message, StringComparison.Ordinal);
    }

    private LoopbackHub Hub(Func<HubRequest, HubReply> answer)
    {
        var hub = new LoopbackHub(answer);
        owned.Add(hub);
        return hub;
    }

    /// <summary>A hub that must not be asked.</summary>
    private LoopbackHub Refusing() => Hub(_ => throw new InvalidOperationException("asked"));

    private WeightStore Store(LoopbackHub hub, Action<WeightStoreOptions>? change = null)
    {
        var options = new WeightStoreOptions
        {
            CacheDirectory = Cache,
            HubAddress = hub.Address,
            Token = string.Empty,
            Offline = false,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            StallTimeout = TimeSpan.FromSeconds(20),
        };
        change?.Invoke(options);
        var store = new WeightStore(options);
        owned.Add(store);
        return store;
    }

    private async Task<WeightStoreException> Refused(WeightStore store, string message, string reference = Reference)
    {
        var exception = await Assert.ThrowsAsync<WeightStoreException>(() => store.ResolveAsync(reference, cancellationToken: Canceled));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        string[] whole = Directory.Exists(Cache) ? Directory.GetFiles(Cache, "*.safetensors", SearchOption.AllDirectories) : [];
        Assert.DoesNotContain(whole, path => path.Contains(reference.Split('/')[1].Split('@', '#')[0] + "/", StringComparison.Ordinal));
        return exception;
    }

    private sealed class Collected(List<DownloadProgress> reports, Action<DownloadProgress>? then = null) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            reports.Add(value);
            then?.Invoke(value);
        }
    }
}
