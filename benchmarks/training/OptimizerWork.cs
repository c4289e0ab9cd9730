using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>Times optimiser steps alone.</summary>
internal static class OptimizerWork
{
    public static void Run(Device device, Action step)
    {
        foreach (var (_, count) in Commands.Read())
        {
            for (var i = 0; i < count; i++)
            {
                using var scope = NewDisposeScope();
                Synchronize(device);
                var clock = Stopwatch.StartNew();
                step();
                Synchronize(device);
                Commands.Answer(clock.Elapsed.TotalMilliseconds);
            }

            Commands.Done();
        }
    }

    public static void Synchronize(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize();
        }
    }
}
