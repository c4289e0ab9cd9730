namespace Cass.Serving.Benchmarks;

/// <param name="FirstAnswer">Seconds from the start of the process to its first answer.</param>
/// <param name="Median">Milliseconds of a single image.</param>
/// <param name="Slowest">The same, of one in a hundred.</param>
/// <param name="Throughput">Images a second in batches of 32.</param>
/// <param name="PeakMegabytes">The most memory that the process had.</param>
internal sealed record Measurement(double FirstAnswer, double Median, double Slowest, double Throughput, double PeakMegabytes);
