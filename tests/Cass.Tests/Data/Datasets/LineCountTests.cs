using System.Text;
using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Datasets;

public sealed class LineCountTests
{
    /// <summary>Against a reader that knows all three line ends, over every way to cut short texts into two blocks.</summary>
    [Fact]
    public void Line_ends_of_every_kind_are_counted_wherever_a_block_is_cut()
    {
        for (var number = 0; number < 729; number++)
        {
            var text = string.Concat(Enumerable.Range(0, 6).Select(place => "a\r\n"[number / (int)Math.Pow(3, place) % 3]));
            using var reader = new StringReader(text + "|");
            var expected = -1;
            while (reader.ReadLine() is not null)
            {
                expected++;
            }

            for (var cut = 0; cut <= text.Length; cut++)
            {
                var (characters, bytes) = (default(LineCount), default(LineCount));
                characters.Add(text.AsSpan(0, cut));
                characters.Add(text.AsSpan(cut));
                bytes.Add(Encoding.UTF8.GetBytes(text[..cut]));
                bytes.Add(Encoding.UTF8.GetBytes(text[cut..]));
                Assert.Equal((expected, expected), (characters.Ends, bytes.Ends));
            }
        }
    }
}
