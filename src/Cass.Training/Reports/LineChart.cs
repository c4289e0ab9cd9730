using System.Globalization;
using System.Net;
using System.Text;

namespace Cass.Training;

/// <summary>A line chart as SVG, which browsers show in a page and alone.</summary>
/// <param name="title">What stands above it.</param>
/// <param name="axis">What the horizontal axis counts.</param>
internal sealed class LineChart(string title, string axis)
{
    private const int Width = 640;
    private const int Height = 300;
    private const int Left = 64;
    private const int Right = 16;
    private const int Top = 56;
    private const int Bottom = 44;

    // Told apart by people who confuse colours too (Wong 2011, Nature Methods 8, 441), by dashes besides.
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9"];
    private static readonly string[] Dashes = ["none", "7 4", "2 3", "10 3 2 3", "none", "7 4"];

    private readonly List<(string Name, IReadOnlyList<(double X, double Y)> Points)> lines = [];

    public bool IsEmpty => lines.Count == 0;

    public void Add(string name, IEnumerable<(double X, double Y)> points)
    {
        var finite = points.Where(p => double.IsFinite(p.Y)).ToList();
        if (finite.Count > 0)
        {
            lines.Add((name, finite));
        }
    }

    public string ToSvg()
    {
        var all = lines.SelectMany(line => line.Points).ToList();
        var (firstX, lastX) = (all.Min(p => p.X), all.Max(p => p.X));
        var ticks = Ticks(all.Min(p => p.Y), all.Max(p => p.Y));
        double X(double x) => lastX == firstX ? (Left + Width - Right) / 2.0 : Left + ((x - firstX) / (lastX - firstX) * (Width - Left - Right));
        double Y(double y) => Height - Bottom - ((y - ticks[0]) / (ticks[^1] - ticks[0]) * (Height - Top - Bottom));

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"20\" font-size=\"15\" font-weight=\"600\" fill=\"#1b1b1b\">{WebUtility.HtmlEncode(title)}</text>\n");
        foreach (var tick in ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\" stroke=\"#e2e2e2\"/><text x=\"{Left - 8}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\" fill=\"#444\">{tick.ToString(ticks[1] - ticks[0] < 1e-5 ? "0.##e+0" : "0.#####", CultureInfo.InvariantCulture)}</text>\n");
        }

        foreach (var tick in WholeTicks(firstX, lastX))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(tick):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\" fill=\"#444\">{tick:0}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\" fill=\"#444\">{WebUtility.HtmlEncode(axis)}</text>\n");
        var legend = (double)Left;
        foreach (var (i, (name, points)) in lines.Index())
        {
            var (color, dash) = (Colors[i % Colors.Length], Dashes[i % Dashes.Length]);
            var path = string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.#},{Y(p.Y):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\n");
            if (points.Count == 1)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(points[0].X):0.#}\" cy=\"{Y(points[0].Y):0.#}\" r=\"4\" fill=\"{color}\"/>\n");
            }

            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{legend:0.#}\" x2=\"{legend + 22:0.#}\" y1=\"38\" y2=\"38\" stroke=\"{color}\" stroke-width=\"3\" stroke-dasharray=\"{dash}\"/><text x=\"{legend + 28:0.#}\" y=\"42\" fill=\"#1b1b1b\">{WebUtility.HtmlEncode(name)}</text>\n");
            legend += 52 + (7.2 * name.Length);
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Round numbers around a range: 1, 2 or 5 times a power of ten apart.</summary>
    private static List<double> Ticks(double least, double most)
    {
        if (most - least <= 1e-12 * Math.Abs(most))
        {
            // A constant stands in the middle, on a scale of its own size.
            var margin = most == 0 ? 0.5 : Math.Abs(most) * 0.5;
            (least, most) = (least - margin, most + margin);
        }

        var rough = (most - least) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10);
        var first = Math.Floor(least / step);
        var count = (int)(Math.Ceiling(most / step) - first);
        return [.. Enumerable.Range(0, count + 1).Select(i => (first + i) * step)];
    }

    private static IEnumerable<double> WholeTicks(double first, double last)
    {
        var step = Math.Max(1, Math.Ceiling((last - first) / 12));
        for (var x = first; x <= last; x += step)
        {
            yield return x;
        }
    }
}
