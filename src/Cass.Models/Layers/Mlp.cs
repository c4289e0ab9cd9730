using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>Two linear layers with a GELU (Hendrycks and Gimpel 2016) between them; timm's <c>Mlp</c>.</summary>
internal sealed class Mlp : Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly double dropRate;

    public Mlp(long width, long hidden, double dropRate)
        : base(nameof(Mlp))
    {
        this.dropRate = dropRate;
        fc1 = Linear(width, hidden);
        fc2 = Linear(hidden, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var expanded = Autocast.Run(fc1, input);
        using var activated = functional.gelu(expanded);
        if (dropRate == 0 || !training)
        {
            return Autocast.Run(fc2, activated);
        }

        using var kept = functional.dropout(activated, dropRate, training: true);
        using var contracted = Autocast.Run(fc2, kept);
        return functional.dropout(contracted, dropRate, training: true);
    }
}
