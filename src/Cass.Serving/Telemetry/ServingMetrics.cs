using System.Diagnostics.Metrics;

namespace Cass.Serving;

/// <summary>What a service measures of itself, for OpenTelemetry, <c>dotnet-counters</c> and whatever else listens to meters.</summary>
internal sealed class ServingMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Cass.Serving";

    private readonly Meter meter = new(MeterName);
    private readonly KeyValuePair<string, object?> classifier;
    private readonly Counter<long> predictions;
    private readonly Histogram<double> duration;
    private readonly Histogram<int> batchSize;
    private readonly Histogram<double> batchDuration;
    private readonly Counter<long> reloads;

    public ServingMetrics(string name, Func<int> pending)
    {
        classifier = new("cass.classifier", name);
        predictions = meter.CreateCounter<long>("cass.serving.predictions", "{image}", "Images that were answered, by outcome: ok, refused, failed, cancelled, overloaded.");
        duration = meter.CreateHistogram<double>("cass.serving.duration", "s", "Time from the acceptance of an image to its prediction.");
        batchSize = meter.CreateHistogram<int>("cass.serving.batch.size", "{image}", "Images that were computed at once.");
        batchDuration = meter.CreateHistogram<double>("cass.serving.batch.duration", "s", "Time that a batch was computed.");
        reloads = meter.CreateCounter<long>("cass.serving.loads", "{load}", "How often the classifier was read, by outcome: ok, failed.");
        meter.CreateObservableGauge("cass.serving.pending", () => new Measurement<int>(pending(), classifier), "{image}", "Images that are accepted and not yet answered.");
    }

    public void Answered(TimeSpan elapsed)
    {
        predictions.Add(1, classifier, new("outcome", "ok"));
        duration.Record(elapsed.TotalSeconds, classifier);
    }

    /// <summary>Counts an image that was not predicted.</summary>
    public void Unanswered(Exception? reason) => predictions.Add(1, classifier, new("outcome", reason switch
    {
        ServiceOverloadedException => "overloaded",
        CassInputException => "refused",
        null or OperationCanceledException or ObjectDisposedException => "cancelled",
        _ => "failed",
    }));

    public void Computed(int images, TimeSpan elapsed)
    {
        batchSize.Record(images, classifier);
        batchDuration.Record(elapsed.TotalSeconds, classifier);
    }

    public void Reloaded(bool isServed) => reloads.Add(1, classifier, new("outcome", isServed ? "ok" : "failed"));

    public void Dispose() => meter.Dispose();
}
