using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>
/// How far a pass's results are determined at all: the greatest relative change of each when every weight is changed at
/// random by no more than rounding does. What differs more than that is a difference of structure.
/// </summary>
internal sealed class Conditioning
{
    private const int Passes = 2;

    private readonly Dictionary<string, double> gradients = new(StringComparer.Ordinal);

    public static Conditioning Perfect { get; } = new();

    public double OfLoss { get; private set; }

    public double OfGradient(string name) => gradients.GetValueOrDefault(name);

    /// <summary>Compares passes in float64 over changed weights with one another, and with those of <paramref name="others"/>.</summary>
    public static Conditioning Measure(Func<Backbone> create, Tensor images, double relative, params IReadOnlyList<TrainingPass> others)
    {
        using var generator = new Generator(1, CPU);
        List<TrainingPass> passes = [.. others];
        using var scope = NewDisposeScope();
        using var model = create();
        model.to(ScalarType.Float64);
        var inputs = images.to(ScalarType.Float64);
        (Tensor Weights, Tensor Unchanged)[] parameters = [.. model.parameters().Select(p => ((Tensor)p, p.detach().clone()))];
        for (var pass = 0; pass < Passes; pass++)
        {
            using var inner = NewDisposeScope();
            using (no_grad())
            {
                foreach (var (weights, unchanged) in parameters)
                {
                    weights.copy_(unchanged * rand(unchanged.shape, ScalarType.Float64, generator: generator).Times(2 * relative).Plus(1 - relative));
                }
            }

            passes.Add(TrainingPass.Run(model, inputs));
        }

        var result = new Conditioning { OfLoss = Spread(passes, p => p.Loss) };
        foreach (var name in passes[0].GradientNorms.Keys)
        {
            result.gradients[name] = Spread(passes, p => p.GradientNorms[name]);
        }

        return result;
    }

    public static double Relative(double actual, double expected) => Math.Abs(actual - expected) / Math.Max(Math.Abs(expected), double.Epsilon);

    private static double Spread(List<TrainingPass> passes, Func<TrainingPass, double> value) => Relative(passes.Max(value), passes.Min(value));
}
