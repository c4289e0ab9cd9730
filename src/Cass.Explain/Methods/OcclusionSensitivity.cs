using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Explain;

/// <summary>How far the logit falls where squares are covered.</summary>
internal static class OcclusionSensitivity
{
    /// <returns>For each pixel of the network's input, the mean fall over the squares that cover it.</returns>
    public static RelevanceMap Compute(ExplainedInput input, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var (channels, height, width) = ((int)input.Image.size(1), (int)input.Image.size(2), (int)input.Image.size(3));
        var (size, stride) = (input.Options.SizeFor(height, width), input.Options.StrideFor(height, width));
        var pixels = input.Image.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        var fill = Enumerable.Range(0, channels).Select(channel => (float)input.Level(input.Options.OcclusionFill, channel)).ToArray();
        var whole = input.Logits(input.Image)[0];
        var squares = (from top in Starts(height, size, stride) from left in Starts(width, size, stride) select (Top: top, Left: left)).ToArray();
        var falls = new double[height * width];
        var covers = new int[height * width];
        foreach (var chunk in squares.Chunk(input.Options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var batch = new float[chunk.Length * pixels.Length];
            for (var i = 0; i < chunk.Length; i++)
            {
                pixels.CopyTo(batch, i * pixels.Length);
                foreach (var (channel, row) in from channel in Enumerable.Range(0, channels) from row in Enumerable.Range(chunk[i].Top, size) select (channel, row))
                {
                    batch.AsSpan((i * pixels.Length) + (((channel * height) + row) * width) + chunk[i].Left, size).Fill(fill[channel]);
                }
            }

            var covered = tensor(batch, [chunk.Length, channels, height, width]).to(input.Image.dtype, input.Image.device);
            foreach (var (square, logit) in chunk.Zip(input.Logits(covered)))
            {
                for (var row = square.Top; row < square.Top + size; row++)
                {
                    for (var place = (row * width) + square.Left; place < (row * width) + square.Left + size; place++)
                    {
                        falls[place] += whole - logit;
                        covers[place]++;
                    }
                }
            }
        }

        return new RelevanceMap(height, width, [.. falls.Zip(covers, (fall, count) => (float)(fall / count))]);
    }

    /// <summary>Where squares begin on a side: a stride apart, and one at the end.</summary>
    private static IEnumerable<int> Starts(int side, int size, int stride)
    {
        for (var start = 0; start < side - size; start += stride)
        {
            yield return start;
        }

        yield return side - size;
    }
}
