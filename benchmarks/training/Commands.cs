using System.Globalization;

namespace Cass.Training.Benchmarks;

/// <summary>The protocol between the comparison and those that work for it: a command a line, answered by lines of numbers and "done".</summary>
internal static class Commands
{
    public const string Finished = "done";

    public static IEnumerable<(string Name, int Count)> Read()
    {
        while (Console.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            yield return (words[0], int.Parse(words[1], CultureInfo.InvariantCulture));
        }
    }

    public static void Answer(params double[] numbers) =>
        Console.WriteLine(string.Join(' ', numbers.Select(n => n.ToString("0.0000", CultureInfo.InvariantCulture))));

    public static void Done() => Console.WriteLine(Finished);
}
