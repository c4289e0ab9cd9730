using ScottPlot;
using SkiaSharp;

namespace BrainMri.Results;

/// <summary>
/// Class names along an axis of a plot, which has a class at each whole number: turned, shortened, and not every one of them,
/// as there is room.
/// </summary>
internal sealed class ClassNames
{
    private const float Largest = 14;
    private const float Smallest = 9;
    private const float Longest = 130;
    private const float Between = 1;
    private const float Gap = 8;
    private const float AxisLabel = 26;

    private readonly FigureText text;
    private readonly string[] names;
    private readonly float size;
    private readonly int every;
    private readonly bool isBelow;
    private readonly bool isLevel;

    private ClassNames(FigureText text, IReadOnlyList<string> labels, float room, bool isBelow, float longest)
    {
        this.text = text;
        this.isBelow = isBelow;
        isLevel = !isBelow || labels.All(label => text.Width(label, Largest) + Gap <= room);
        size = isBelow && isLevel ? Largest : Math.Clamp(room - Between, Smallest, Largest);
        every = isBelow && isLevel ? 1 : (int)Math.Ceiling((size + Between) / Math.Max(1, room));
        names = [.. labels.Select((label, i) => i % every == 0 ? text.Fitted(label, size, longest) : string.Empty)];
    }

    private float Extent => isBelow && isLevel ? size : names.Max(name => text.Width(name, size));

    /// <summary>Makes room for names below a plot; <see cref="Draw"/> draws them once it is rendered.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="text">Draws the names.</param>
    /// <param name="labels">The names, of the classes at 0, 1, 2, and so on.</param>
    /// <param name="width">Pixels for all of them.</param>
    public static ClassNames Below(Plot plot, FigureText text, IReadOnlyList<string> labels, float width)
    {
        var below = new ClassNames(text, labels, width / labels.Count, isBelow: true, Longest);
        below.Reserve(plot.Axes.Bottom, position => position);
        return below;
    }

    /// <summary>The same to the left, from top to bottom.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="text">Draws the names.</param>
    /// <param name="labels">The names; the first is at the largest number.</param>
    /// <param name="height">Pixels for all of them.</param>
    /// <param name="longest">The most pixels that a name is wide.</param>
    public static ClassNames Left(Plot plot, FigureText text, IReadOnlyList<string> labels, float height, float longest = Longest)
    {
        var left = new ClassNames(text, labels, height / labels.Count, isBelow: false, longest);
        left.Reserve(plot.Axes.Left, position => labels.Count - 1 - position);
        return left;
    }

    /// <summary>Draws the names beside a plot that was rendered.</summary>
    public void Draw(SKCanvas canvas, Plot plot)
    {
        var data = plot.RenderManager.LastRender.DataRect;
        for (var i = 0; i < names.Length; i += every)
        {
            var place = plot.GetPixel(new Coordinates(i, names.Length - 1 - i));
            var middle = 0.35f * size;
            if (!isBelow)
            {
                text.Draw(canvas, names[i], data.Left - Gap, place.Y + middle, size, SKTextAlign.Right);
            }
            else if (isLevel)
            {
                text.Draw(canvas, names[i], place.X, data.Bottom + Gap + size, size, SKTextAlign.Center);
            }
            else
            {
                canvas.Save();
                canvas.Translate(place.X + middle, data.Bottom + Gap);
                canvas.RotateDegrees(-90);
                text.Draw(canvas, names[i], 0, 0, size, SKTextAlign.Right);
                canvas.Restore();
            }
        }
    }

    private void Reserve(IAxis axis, Func<int, double> position)
    {
        int[] shown = [.. Enumerable.Range(0, names.Length).Where(i => i % every == 0)];
        axis.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. shown.Select(position)], [.. shown.Select(_ => string.Empty)]);
        axis.MinimumSize = Extent + (2 * Gap) + (string.IsNullOrEmpty(axis.Label.Text) ? 0 : AxisLabel);
        axis.MaximumSize = axis.MinimumSize;
    }
}
