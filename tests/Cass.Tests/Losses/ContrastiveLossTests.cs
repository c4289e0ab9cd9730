using Cass.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Losses;

/// <summary>The losses that tell the images of a batch apart, against their definitions, written out with loops.</summary>
public sealed class ContrastiveLossTests
{
    [Theory]
    [InlineData(2, 3, 0.5)]
    [InlineData(5, 4, 0.1)]
    [InlineData(7, 2, 3.0)]
    public void NT_Xent_is_the_mean_over_all_embeddings_of_both_views(int batch, int dimensions, double temperature)
    {
        using var scope = NewDisposeScope();
        var x = Sample.Normal(1, batch, dimensions);
        var y = Sample.Normal(2, batch, dimensions);
        using var loss = new NtXentLoss(temperature);
        double[][] z = [.. Rows(x), .. Rows(y)];
        var terms = Enumerable.Range(0, 2 * batch).Select(i =>
        {
            var partner = (i + batch) % (2 * batch);
            return -Math.Log(Math.Exp(Cosine(z[i], z[partner]) / temperature) / Enumerable.Range(0, 2 * batch).Where(k => k != i).Sum(k => Math.Exp(Cosine(z[i], z[k]) / temperature)));
        });
        Expect.Close(tensor(terms.Average()), loss.forward(x, y), 1e-12, "NT-Xent");
        Expect.Close(loss.forward(y, x), loss.forward(x, y), 1e-12, "the other way round");
        Expect.GradientIsRight(v => loss.forward(v, y), x);
        Expect.GradientIsRight(v => loss.forward(x, v), y);
    }

    [Theory]
    [InlineData(2, 3, 0.2)]
    [InlineData(6, 4, 1.0)]
    public void InfoNCE_is_the_mean_over_queries_and_its_gradient_stops_at_the_keys(int batch, int dimensions, double temperature)
    {
        using var scope = NewDisposeScope();
        var queries = Sample.Normal(1, batch, dimensions);
        var keys = Sample.Normal(2, batch, dimensions).requires_grad_();
        using var loss = new InfoNceLoss(temperature);
        var (q, k) = (Rows(queries), Rows(keys));
        var terms = q.Select((query, i) => -Math.Log(Math.Exp(Cosine(query, k[i]) / temperature) / k.Sum(key => Math.Exp(Cosine(query, key) / temperature))));
        Expect.Close(tensor(terms.Average()), loss.forward(queries, keys), 1e-12, "InfoNCE");
        Expect.GradientIsRight(v => loss.forward(v, keys), queries);
        Assert.True(keys.grad is null);
    }

    [Fact]
    public void Equal_embeddings_give_the_logarithm_of_the_number_of_candidates()
    {
        using var scope = NewDisposeScope();
        var same = ones(8, 3, ScalarType.Float64).requires_grad_();
        using var ntXent = new NtXentLoss();
        using var infoNce = new InfoNceLoss();
        Assert.Equal(Math.Log(15), ntXent.forward(same, same).ToDouble(), 1e-12);
        Assert.Equal(Math.Log(8), infoNce.forward(same, same).ToDouble(), 1e-12);

        var zero = zeros(4, 3, ScalarType.Float64).requires_grad_();
        ntXent.forward(zero, zero).backward();
        Assert.True(zero.grad!.isfinite().all().ToBoolean());
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float32)]
    public void Narrow_types_are_computed_in_float32(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = Sample.Normal(1, 6, 4).to(type);
        var y = Sample.Normal(2, 6, 4).to(type);
        foreach (var loss in new nn.Module<Tensor, Tensor, Tensor>[] { new NtXentLoss(0.1), new InfoNceLoss(0.1) })
        {
            using var owned = loss;
            var value = loss.forward(x, y);
            Assert.Equal(ScalarType.Float32, value.dtype);
            Expect.Close(loss.forward(x.to(ScalarType.Float64), y.to(ScalarType.Float64)), value, 1e-5, loss.GetName());
        }
    }

    [Fact]
    public void Wrong_inputs_are_named_with_both_shapes_and_nothing_is_left_behind()
    {
        foreach (var loss in new nn.Module<Tensor, Tensor, Tensor>[] { new NtXentLoss(), new InfoNceLoss() })
        {
            using var owned = loss;
            using var x = Sample.Normal(1, 4, 3);
            using var y = Sample.Normal(2, 4, 3);
            Expect.LeavesTensors(0, () => loss.forward(x, y).Dispose());

            using var scope = NewDisposeScope();
            var message = Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3), zeros(4, 2))).Message;
            Assert.Contains("[4, 3]", message, StringComparison.Ordinal);
            Assert.Contains("[4, 2]", message, StringComparison.Ordinal);
            Assert.Contains("at least 2", Assert.Throws<ArgumentException>(() => loss.forward(zeros(1, 3), zeros(1, 3))).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3), zeros(4, 3, ScalarType.BFloat16)));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new NtXentLoss(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InfoNceLoss(double.NaN));
    }

    private static double[][] Rows(Tensor matrix) => [.. Enumerable.Range(0, (int)matrix.shape[0]).Select(i => matrix[i].detach().data<double>().ToArray())];

    private static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
}
