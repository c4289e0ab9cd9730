using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.DistributedProcess;

/// <summary>Carries out each operation of a group once, and writes down what came of it, a line each.</summary>
internal static class Collectives
{
    public static void Write(IProcessGroup group, string folder)
    {
        using var scope = NewDisposeScope();
        var rank = group.Rank;
        var results = new List<string> { $"rank {rank} of {group.Size}, local {group.LocalRank}, {group.Transport}" };
        foreach (var type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64])
        {
            var numbers = tensor(new double[] { rank + 1, 10 * rank, -2 }).to(type);
            group.AllReduce(numbers);
            results.Add($"sum {type} {Shown(numbers)}");
        }

        foreach (var operation in (ReduceOperation[])[ReduceOperation.Max, ReduceOperation.Min])
        {
            var numbers = tensor(new double[] { rank, -rank });
            group.AllReduce(numbers, operation);
            results.Add($"{operation} {Shown(numbers)}");
        }

        // A tensor whose elements do not lie in their order.
        var transposed = (arange(6, ScalarType.Float32).view(2, 3) * (rank + 1)).t();
        group.AllReduce(transposed);
        results.Add($"transposed {Shown(transposed)}");

        Tensor[] many = [.. Enumerable.Range(0, 5).Select(i => full([1000], i + rank, ScalarType.Float32))];
        Task.WaitAll([.. many.Select(one => group.AllReduceAsync(one))]);
        results.Add($"async {string.Join(' ', many.Select(one => one.mean().ToDouble().ToString(CultureInfo.InvariantCulture)))}");

        var word = full([2, 2], 7 + rank, ScalarType.Int32);
        group.Broadcast(word, root: group.Size - 1);
        results.Add($"broadcast {Shown(word)}");

        // Rank r has r rows, so that the first has none.
        var rows = full([rank, 2], rank, ScalarType.Float64);
        results.Add($"gather {Shown(group.AllGather(rows))}");
        results.Add($"gather known {Shown(group.AllGather(rows, [.. Enumerable.Range(0, group.Size).Select(r => (long)r)]))}");
        group.Barrier();
        File.WriteAllLines(Path.Combine(folder, $"rank-{rank}.txt"), results);
    }

    private static string Shown(Tensor tensor) =>
        $"[{string.Join(",", tensor.shape)}]:{string.Join(' ', tensor.to(ScalarType.Float64).reshape(-1).data<double>().ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture)))}";
}
