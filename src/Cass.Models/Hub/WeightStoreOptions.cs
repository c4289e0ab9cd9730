using System.Net;

namespace Cass.Models;

/// <summary>Where weights come from and where they are kept.</summary>
public sealed class WeightStoreOptions
{
    /// <summary>
    /// The folder that downloads are kept in; null for the environment's <c>CASS_CACHE</c>, or else <c>cass</c> in
    /// the user's cache folder. Default null.
    /// </summary>
    public string? CacheDirectory { get; set; }

    /// <summary>The hub's address; null for the environment's <c>HF_ENDPOINT</c>, or else <c>https://huggingface.co</c>. Default null.</summary>
    public Uri? HubAddress { get; set; }

    /// <summary>
    /// The token for repositories that need one, sent to the hub alone and not where it redirects to; null for the
    /// environment's <c>HF_TOKEN</c>. Default null.
    /// </summary>
    public string? Token { get; set; }

    /// <summary>The proxy; null for the environment's <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c> and <c>NO_PROXY</c>. Default null.</summary>
    public IWebProxy? Proxy { get; set; }

    /// <summary>True to use the cache alone; null for whether the environment's <c>HF_HUB_OFFLINE</c> is 1. Default null.</summary>
    public bool? Offline { get; set; }

    /// <summary>
    /// How often in a row a request may fail before giving up, at least 1. A broken download goes on where it broke, and
    /// counts anew once it has got further. Default 5.
    /// </summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>The pause before the second attempt, doubled before each next; a server's <c>Retry-After</c> counts if longer. Default 1 second.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause; where a server asks for a longer one, the download ends at once and says so. Default 2 minutes.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long to wait for a server's next bytes before the attempt counts as failed. Default 30 seconds.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Checks every option.</summary>
    /// <exception cref="CassInputException">An option is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(MaxAttempts >= 1, nameof(MaxAttempts), MaxAttempts, "at least 1");
        Require(RetryDelay >= TimeSpan.Zero, nameof(RetryDelay), RetryDelay, "zero or more");
        Require(MaxRetryDelay >= RetryDelay, nameof(MaxRetryDelay), MaxRetryDelay, "at least RetryDelay");
        Require(StallTimeout > TimeSpan.Zero, nameof(StallTimeout), StallTimeout, "more than zero");
        Require(HubAddress is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }, nameof(HubAddress), HubAddress, "an http or https address");
    }

    private static void Require(bool holds, string option, object? value, string range)
    {
        if (!holds)
        {
            throw new CassInputException($"WeightStoreOptions.{option} is {value}; it must be {range}.");
        }
    }
}
