using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Cass.Pieces.Benchmarks;

// In this process: a project that BenchmarkDotNet makes anew would lack what makes TorchSharp load.
var config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .HideColumns(Column.Job, Column.Toolchain, Column.IterationCount, Column.LaunchCount, Column.WarmupCount, Column.Error, Column.RatioSD);
BenchmarkSwitcher.FromAssembly(typeof(Losses).Assembly).Run(args, config);
