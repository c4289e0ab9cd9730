using System.Numerics;
using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Leakage;

public sealed class NearHashesTests
{
    [Fact]
    public void Bands_find_exactly_the_pairs_that_comparing_all_finds_each_once()
    {
        var random = new Random(11);
        for (var round = 0; round < 60; round++)
        {
            // Few centres with few flipped bits: near pairs of every distance, which random hashes would hardly have.
            ulong[] centers = [.. Enumerable.Range(0, 3).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
            ulong[] hashes =
            [
                .. Enumerable.Range(0, random.Next(0, 60))
                    .Select(_ => Enumerable.Range(0, random.Next(0, 9)).Aggregate(centers[random.Next(3)], (hash, _) => hash ^ (1UL << random.Next(64))))
                    .Distinct(),
            ];
            var distance = round % 16;
            var expected =
                from a in Enumerable.Range(0, hashes.Length)
                from b in Enumerable.Range(a + 1, hashes.Length - a - 1)
                let bits = BitOperations.PopCount(hashes[a] ^ hashes[b])
                where bits <= distance
                select (a, b, bits);
            Assert.Equal(expected, NearHashes.Pairs(hashes, distance, TestContext.Current.CancellationToken).Order());
        }
    }

    [Fact]
    public void Components_are_those_that_walking_along_the_connections_reaches()
    {
        var random = new Random(12);
        for (var round = 0; round < 40; round++)
        {
            var count = random.Next(1, 30);
            int?[] keys = [.. Enumerable.Range(0, count).Select(_ => random.Next(3) == 0 ? random.Next(5) : (int?)null)];
            var pairs = Enumerable.Range(0, random.Next(0, 12)).Select(_ => (First: random.Next(count), Second: random.Next(count))).ToArray();
            var components = ImageGroups.Components(count, [ImageGroups.By(count, i => keys[i])], pairs);

            bool Connected(int a, int b) => a == b || (keys[a] is not null && keys[a] == keys[b]) || pairs.Contains((a, b)) || pairs.Contains((b, a));
            var reached = new int[count];
            Array.Fill(reached, -1);
            var number = 0;
            for (var start = 0; start < count; start++)
            {
                if (reached[start] >= 0)
                {
                    continue;
                }

                var open = new Stack<int>([start]);
                while (open.TryPop(out var at))
                {
                    reached[at] = number;
                    foreach (var next in Enumerable.Range(0, count).Where(next => reached[next] < 0 && Connected(at, next)))
                    {
                        open.Push(next);
                    }
                }

                number++;
            }

            Assert.Equal(reached, components.GroupOf);
        }
    }
}
