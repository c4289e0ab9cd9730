using System.Globalization;
using System.Text;
using ScottPlot;
using SkiaSharp;
using SkiaSharp.HarfBuzz;

namespace BrainMri.Results;

/// <summary>Draws text in any writing system that the machine has a font for: joined, reordered and from right to left where it is written so.</summary>
internal sealed class FigureText(FigureFonts fonts) : IDisposable
{
    private const string Ellipsis = "…";

    private readonly Dictionary<(string Family, bool Bold), (SKTypeface Face, SKShaper Shaper)> shapers = [];

    /// <summary>Width in pixels.</summary>
    public float Width(string text, float size, bool bold = false) => Runs(text, bold).Sum(run => WidthOf(run, size));

    /// <summary>The text, or as much of its beginning and end as fits a width, with an ellipsis between: names often differ at their end.</summary>
    public string Fitted(string text, float size, float width)
    {
        if (Width(text, size) <= width)
        {
            return text;
        }

        // Whole characters as people see them, of any number of code points.
        var starts = StringInfo.ParseCombiningCharacters(text);
        var (fits, tooMany) = (0, starts.Length);
        while (tooMany - fits > 1)
        {
            var middle = (fits + tooMany) / 2;
            (fits, tooMany) = Width(Shortened(middle), size) <= width ? (middle, tooMany) : (fits, middle);
        }

        return Shortened(fits);

        string Shortened(int kept)
        {
            var end = kept / 3;
            return text[..starts[kept - end]].TrimEnd() + Ellipsis + (end == 0 ? string.Empty : text[starts[starts.Length - end]..].TrimStart());
        }
    }

    /// <summary>Draws a line.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="text">The text.</param>
    /// <param name="x">Where it begins, is centred or ends.</param>
    /// <param name="y">Its baseline.</param>
    /// <param name="size">Height of the font.</param>
    /// <param name="align">What <paramref name="x"/> is.</param>
    /// <param name="bold">Whether it is bold, where the main font has it.</param>
    public void Draw(SKCanvas canvas, string text, float x, float y, float size, SKTextAlign align = SKTextAlign.Left, bool bold = false)
    {
        using var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        var runs = Runs(text, bold);
        var left = x - (align == SKTextAlign.Left ? 0 : runs.Sum(run => WidthOf(run, size)) / (align == SKTextAlign.Center ? 2 : 1));
        foreach (var run in runs)
        {
            using var font = new SKFont(run.Face, size);
            canvas.DrawShapedText(run.Shaper, run.Text, left, y, SKTextAlign.Left, font, paint);
            left += WidthOf(run, size);
        }
    }

    public void Dispose()
    {
        foreach (var (face, shaper) in shapers.Values)
        {
            shaper.Dispose();
            face.Dispose();
        }

        shapers.Clear();
    }

    private static float WidthOf(Run run, float size)
    {
        using var font = new SKFont(run.Face, size);
        return run.Shaper.Shape(run.Text, font).Width;
    }

    /// <summary>Stretches of one font and one direction, from left to right as they are drawn.</summary>
    private List<Run> Runs(string text, bool bold)
    {
        if (!ResultsFigure.HasFonts)
        {
            return [];
        }

        var characters = fonts.Parts(text).SelectMany(part => part.Text.EnumerateRunes().Select(rune => (Rune: rune, Family: part.Family ?? fonts.Main))).ToList();
        var directions = Directions([.. characters.Select(character => character.Rune)]);
        var runs = new List<Run>();
        foreach (var (i, (rune, family)) in characters.Index())
        {
            var (face, shaper) = ShaperOf(family, bold);
            if (i > 0 && directions[i] == directions[i - 1] && ReferenceEquals(runs[^1].Shaper, shaper))
            {
                runs[^1] = runs[^1] with { Text = runs[^1].Text + rune };
            }
            else
            {
                runs.Add(new Run(rune.ToString(), face, shaper));
            }
        }

        if (directions is [true, ..])
        {
            runs.Reverse();
        }

        return runs;
    }

    /// <summary>
    /// Whether each character goes from right to left. The text goes where its first letter does; what is neither letter nor
    /// digit goes with those around it, or with the text where they differ; a mark goes with what it is on.
    /// </summary>
    private static bool[] Directions(Rune[] characters)
    {
        bool?[] own = [.. characters.Select(rune => WritingSystem.IsRightToLeft(rune) ? true : Rune.IsLetterOrDigit(rune) ? false : (bool?)null)];
        var text = own.FirstOrDefault(direction => direction is not null) ?? false;
        var directions = new bool[characters.Length];
        for (var i = 0; i < characters.Length; i++)
        {
            var before = i == 0 ? text : directions[i - 1];
            directions[i] = own[i]
                ?? (Rune.GetUnicodeCategory(characters[i]) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? before
                    : before == (own.Skip(i).FirstOrDefault(direction => direction is not null) ?? text) ? before : text);
        }

        return directions;
    }

    private (SKTypeface Face, SKShaper Shaper) ShaperOf(string family, bool bold)
    {
        if (!shapers.TryGetValue((family, bold), out var found))
        {
            // The plots' own face for what they draw too; others by their name.
            var face = string.Equals(family, fonts.Main, StringComparison.Ordinal)
                ? SKTypeface.FromFamilyName(family, bold ? SKFontStyle.Bold : SKFontStyle.Normal)
                : SKTypeface.FromFamilyName(family);
            found = (face, new SKShaper(face));
            shapers.Add((family, bold), found);
        }

        return found;
    }

    private sealed record Run(string Text, SKTypeface Face, SKShaper Shaper);
}
