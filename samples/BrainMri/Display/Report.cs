using BrainMri.Results;
using Cass.Training;
using Spectre.Console;

namespace BrainMri.Display;

/// <summary>What is printed before and after the work.</summary>
internal static class Report
{
    // A longer table would only scroll by; the files have it.
    private const int LongTable = 40;

    /// <summary>Says what runs, a line for each fact.</summary>
    public static void Header(IAnsiConsole console, IEnumerable<(string Name, string Value)> facts)
    {
        console.Write(new Rule("[bold]CASS: cross-architectural self-supervision[/]") { Justification = Justify.Left });
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (name, value) in facts)
        {
            grid.AddRow(new Text(name, new Style(decoration: Decoration.Bold)), new Text(value));
        }

        console.Write(grid);
    }

    /// <summary>The images of each class in each set.</summary>
    public static void Classes(IAnsiConsole console, IReadOnlyList<ClassCount> classes)
    {
        var table = NewTable("Class", "Id", "Train", "Validation", "Test");
        foreach (var row in classes.Take(Shown(classes.Count)))
        {
            AddRow(table, row.Label, $"{row.Id}", $"{row.Train:N0}", $"{row.Validation:N0}", $"{row.Test:N0}");
        }

        AddGap(table, classes.Count);
        AddRow(table, "all", string.Empty, $"{classes.Sum(c => c.Train):N0}", $"{classes.Sum(c => c.Validation):N0}", $"{classes.Sum(c => c.Test):N0}");
        console.Write(table);
    }

    /// <summary>The scores of both networks on the test images.</summary>
    public static void Scores(IAnsiConsole console, NetworkResults cnn, NetworkResults transformer, FineTuningLoss loss)
    {
        // Two lines a heading, so that the table fits 80 columns.
        var table = NewTable("Class", "Test", "CNN\nF1", "CNN\nprecision", "CNN\nrecall", "ViT\nF1", "ViT\nprecision", "ViT\nrecall");
        foreach (var (left, right) in cnn.Test.Classes.Zip(transformer.Test.Classes).Take(Shown(cnn.Test.Classes.Count)))
        {
            AddRow(
                table,
                left.Label,
                $"{left.Images:N0}",
                $"{left.F1:0.000}",
                $"{left.Precision:0.000}",
                $"{left.Recall:0.000}",
                $"{right.F1:0.000}",
                $"{right.Precision:0.000}",
                $"{right.Recall:0.000}");
        }

        AddGap(table, cnn.Test.Classes.Count);
        AddRow(
            table,
            "all",
            $"{cnn.Test.Images:N0}",
            $"{cnn.Test.F1:0.000}",
            $"{cnn.Test.Precision:0.000}",
            $"{cnn.Test.Recall:0.000}",
            $"{transformer.Test.F1:0.000}",
            $"{transformer.Test.Precision:0.000}",
            $"{transformer.Test.Recall:0.000}");
        console.Write(table);
        var labels = loss == FineTuningLoss.Focal ? "labels above the threshold" : "the most probable class";
        foreach (var network in (NetworkResults[])[cnn, transformer])
        {
            if (network.Test.Accuracy is { } accuracy)
            {
                console.WriteLine($"Test accuracy of {network.Network}: {accuracy:0.0000}, macro F1 {network.Test.ArgmaxMacroF1:0.0000} (most probable class)");
            }

            console.WriteLine($"Test F1 of {network.Network}: {network.Test.F1:0.0000} ({labels}, as in the table)");
        }

        if (cnn.Test.Unseen is { LeftOut: 0 } clean)
        {
            console.WriteLine(clean.ToString());
        }
        else if (cnn.Test.Unseen is { } unseen)
        {
            console.WriteLine($"{unseen.LeftOut:N0} of the {cnn.Test.Images:N0} test images equal or resemble a training image; on the {unseen.Images:N0} others:");
            foreach (var network in (NetworkResults[])[cnn, transformer])
            {
                if (network.Test.Unseen?.Accuracy is { } accuracy)
                {
                    console.WriteLine($"Test accuracy of {network.Network} on unseen images: {accuracy:0.0000}, macro F1 {network.Test.Unseen.ArgmaxMacroF1:0.0000}");
                }

                console.WriteLine($"Test F1 of {network.Network} on unseen images: {(network.Test.Unseen?.F1 is { } f1 ? $"{f1:0.0000}" : "none, there is no such image")}");
            }

            if (unseen is { Images: > 0, LostClasses.Count: > 0 })
            {
                console.WriteLine($"No unseen test image is left of {string.Join(", ", unseen.LostClasses)}.");
            }
        }
    }

    /// <summary>What was written where, and how long everything took.</summary>
    public static void Written(IAnsiConsole console, TimeSpan elapsed, IEnumerable<(string Name, string Path)> files)
    {
        foreach (var (name, path) in files)
        {
            console.WriteLine($"{name + ":",-14}{path}");
        }

        console.WriteLine($"Done in {StepProgress.Clock(elapsed)}.");
    }

    private static int Shown(int classes) => classes > LongTable ? LongTable / 2 : classes;

    private static void AddGap(Table table, int classes)
    {
        if (classes > Shown(classes))
        {
            AddRow(table, $"… {classes - Shown(classes):N0} more, in results.json");
        }
        else
        {
            table.AddEmptyRow();
        }
    }

    private static Table NewTable(string first, params string[] numbers)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn(new TableColumn(new Text(first)));
        foreach (var number in numbers)
        {
            table.AddColumn(new TableColumn(new Text(number)).RightAligned());
        }

        return table;
    }

    // Class names come from folders: as text, never as Spectre's markup.
    private static void AddRow(Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);
}
