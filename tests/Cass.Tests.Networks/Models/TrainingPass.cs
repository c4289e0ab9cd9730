using Cass.Models;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>What one pass in training mode gives, with the mean of the squared logits as loss.</summary>
internal sealed record TrainingPass(double Loss, IReadOnlyDictionary<string, double> GradientNorms)
{
    public static TrainingPass Run(Backbone model, Tensor images)
    {
        model.train();
        model.zero_grad();
        using var scope = NewDisposeScope();
        var loss = model.forward(images).Squared().mean();
        loss.backward();
        return new TrainingPass(
            loss.to(ScalarType.Float64).item<double>(),
            model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad?.to(ScalarType.Float64).norm().item<double>() ?? 0, StringComparer.Ordinal));
    }
}
