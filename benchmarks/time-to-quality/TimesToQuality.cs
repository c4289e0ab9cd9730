using System.Globalization;
using System.Text;

namespace Cass.TimeToQuality.Benchmarks;

/// <summary>The table: seconds to each goal, for each way to train.</summary>
internal static class TimesToQuality
{
    private static readonly (int Share, (double Cnn, double Vit)[] Goals)[] Shares =
    [
        (100, [(0.85, 0.85), (0.90, 0.90), (0.95, 0.95)]),
        (10, [(0.75, 0.65), (0.80, 0.70), (0.85, 0.75)]),
    ];

    public static string Of(IReadOnlyList<Curve> curves)
    {
        var text = new StringBuilder();
        foreach (var (share, goals) in Shares)
        {
            var columns = string.Concat(goals.Select(goal => goal.Cnn == goal.Vit ? F($" both {goal.Cnn:0.00} |") : F($" CNN {goal.Cnn:0.00}, ViT {goal.Vit:0.00} |")));
            text.AppendLine(F($"| {share} % of the labels: seconds to F1 |{columns} best CNN | best ViT | whole run |"));
            text.AppendLine($"|---|{string.Concat(Enumerable.Repeat("---|", goals.Length + 3))}");
            foreach (var curve in curves.Where(curve => curve.Share == share))
            {
                var seconds = string.Concat(goals.Select(goal => curve.SecondsTo(goal.Cnn, goal.Vit) is { } reached ? F($" {reached:0} |") : " never |"));
                text.AppendLine(F($"| {curve.Name.Replace('-', ' ')} |{seconds} {Best(curve, "cnn"):0.000} | {Best(curve, "vit"):0.000} | {curve.Points[^1].Seconds:0} |"));
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    private static double Best(Curve curve, string network) => curve.Points.Where(point => string.Equals(point.Network, network, StringComparison.Ordinal)).Max(point => point.F1);

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
