using Cass.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

/// <summary>The baselines' losses against their definitions, written out with loops or whole matrices.</summary>
public sealed class SelfSupervisedLossTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 2)]
    public void DINO_is_the_mean_cross_entropy_over_pairs_of_different_views(int views, int teacherViews)
    {
        using var scope = NewDisposeScope();
        var student = Sample.Normal(1, views, 3, 5);
        var teacher = Sample.Normal(2, teacherViews, 3, 5);
        using var loss = new DinoLoss(5, studentTemperature: 0.2, teacherTemperature: 0.07);
        loss.to(ScalarType.Float64);
        var sum = 0.0;
        var pairs = 0;
        for (var i = 0; i < teacherViews; i++)
        {
            for (var j = 0; j < views; j++)
            {
                if (i != j)
                {
                    var q = (teacher[i] / 0.07).softmax(-1);
                    sum -= (q * (student[j] / 0.2).log_softmax(-1)).sum(-1).mean().ToDouble();
                    pairs++;
                }
            }
        }

        Assert.Equal(sum / pairs, loss.forward(student, teacher).ToDouble(), 10);
    }

    [Fact]
    public void DINO_moves_its_center_in_training_only()
    {
        using var scope = NewDisposeScope();
        using var loss = new DinoLoss(2, centerMomentum: 0.75);
        var student = zeros(2, 1, 2);
        var teacher = tensor(new[] { 4f, 8f }, [1, 1, 2]);
        loss.eval();
        loss.forward(student, teacher);
        Assert.Equal([0f, 0f], loss.Center.data<float>().ToArray());
        loss.train();
        loss.forward(student, teacher);
        Assert.Equal([1f, 2f], loss.Center.data<float>().ToArray());
        Assert.Equal("center", Assert.Single(loss.state_dict().Keys));
    }

    [Fact]
    public void DINO_gradients_agree_with_differences_and_stop_at_the_teacher()
    {
        using var scope = NewDisposeScope();
        using var loss = new DinoLoss(3);
        loss.to(ScalarType.Float64);
        loss.eval();
        var teacher = Sample.Normal(2, 2, 2, 3).requires_grad_();
        Expect.GradientIsRight(student => loss.forward(student, teacher), Sample.Normal(1, 3, 2, 3));
        Assert.True(teacher.grad is null);
    }

    [Fact]
    public void BYOL_and_SimSiam_are_cosines_whose_gradient_stops_at_the_target()
    {
        using var scope = NewDisposeScope();
        var p = Sample.Normal(1, 4, 3);
        var z = Sample.Normal(2, 4, 3).requires_grad_();
        var cosine = (p * z).sum(1) / (p.norm(1) * z.norm(1));
        using var byol = new ByolLoss(Reduction.None);
        using var simSiam = new NegativeCosineSimilarityLoss(Reduction.None);
        Expect.Close(2 - (2 * cosine), byol.forward(p, z), 1e-12, "BYOL");
        Expect.Close(-cosine, simSiam.forward(p, z), 1e-12, "SimSiam");

        using var byolMean = new ByolLoss();
        using var simSiamMean = new NegativeCosineSimilarityLoss();
        Expect.GradientIsRight(v => byolMean.forward(v, z), p);
        Expect.GradientIsRight(v => simSiamMean.forward(v, z), p);
        Assert.True(z.grad is null);

        var p2 = Sample.Normal(3, 4, 3);
        var z2 = Sample.Normal(4, 4, 3);
        var expected = (simSiamMean.forward(p, z2) + simSiamMean.forward(p2, z)) / 2;
        Expect.Close(expected, simSiamMean.Symmetrized(p, p2, z, z2), 1e-12, "symmetrised");
    }

    [Theory]
    [InlineData(9, 4)]
    [InlineData(4, 9)]
    [InlineData(5, 5)]
    [InlineData(2, 1)]
    public void VICReg_and_its_parts_are_what_the_paper_defines(int batch, int dimensions)
    {
        using var scope = NewDisposeScope();
        var x = Sample.Normal(1, batch, dimensions) * 0.7;
        var y = x + (Sample.Normal(2, batch, dimensions) * 0.3);
        using var variance = new VarianceLoss();
        using var covariance = new CovarianceLoss();
        using var vicReg = new VicRegLoss();

        Expect.Close(tensor(Variance(x)), variance.forward(x), 1e-10, "variance");
        Expect.Close(tensor(Covariance(x)), covariance.forward(x), 1e-10, "covariance");
        var invariance = (x - y).square().mean().ToDouble();
        var expected = (25 * invariance) + (25 * (Variance(x) + Variance(y)) / 2) + Covariance(x) + Covariance(y);
        Expect.Close(tensor(expected), vicReg.forward(x, y), 1e-10, "VICReg");

        Expect.GradientIsRight(v => variance.forward(v), x);
        Expect.GradientIsRight(v => covariance.forward(v), x);
        Expect.GradientIsRight(v => vicReg.forward(v, y), x);
        Expect.GradientIsRight(v => vicReg.forward(x, v), y);

        double Variance(Tensor z) => Enumerable.Range(0, dimensions).Average(j => Math.Max(0, 1 - Math.Sqrt(CovarianceOf(z, j, j) + 1e-4)));

        double Covariance(Tensor z) => (from i in Enumerable.Range(0, dimensions) from j in Enumerable.Range(0, dimensions) where i != j select Math.Pow(CovarianceOf(z, i, j), 2)).Sum() / dimensions;

        double CovarianceOf(Tensor z, int i, int j)
        {
            var (a, b) = (z.select(1, i), z.select(1, j));
            return ((a - a.mean()) * (b - b.mean())).sum().ToDouble() / (batch - 1);
        }
    }

    [Theory]
    [InlineData(9, 4)]
    [InlineData(4, 9)]
    [InlineData(5, 5)]
    public void Barlow_Twins_is_what_the_paper_defines(int batch, int dimensions)
    {
        using var scope = NewDisposeScope();
        var x = Sample.Normal(1, batch, dimensions);
        var y = x + (Sample.Normal(2, batch, dimensions) * 0.5);
        using var loss = new BarlowTwinsLoss(offDiagonalWeight: 0.1);
        var expected = 0.0;
        for (var i = 0; i < dimensions; i++)
        {
            for (var j = 0; j < dimensions; j++)
            {
                var c = (Standard(x.select(1, i)) * Standard(y.select(1, j))).mean().ToDouble();
                expected += i == j ? Math.Pow(1 - c, 2) : 0.1 * c * c;
            }
        }

        Expect.Close(tensor(expected), loss.forward(x, y), 1e-10, "Barlow Twins");
        Expect.GradientIsRight(v => loss.forward(v, y), x);
        Expect.GradientIsRight(v => loss.forward(x, v), y);

        static Tensor Standard(Tensor column) => (column - column.mean()) / ((column - column.mean()).square().mean() + 1e-5).sqrt();
    }

    [Fact]
    public void Collapsed_embeddings_have_the_largest_variance_loss_and_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        var collapsed = ones(8, 5, ScalarType.Float64).requires_grad_();
        using var variance = new VarianceLoss();
        using var vicReg = new VicRegLoss();
        using var barlow = new BarlowTwinsLoss();
        Assert.Equal(1 - 1e-2, variance.forward(collapsed).ToDouble(), 10);
        (vicReg.forward(collapsed, collapsed) + barlow.forward(collapsed, collapsed)).backward();
        Assert.True(collapsed.grad!.isfinite().all().ToBoolean());
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
        using var dino = new DinoLoss(4);
        using var byol = new ByolLoss();
        using var simSiam = new NegativeCosineSimilarityLoss();
        using var vicReg = new VicRegLoss();
        using var barlow = new BarlowTwinsLoss();
        dino.eval();
        foreach (var loss in new Module<Tensor, Tensor, Tensor>[] { byol, simSiam, vicReg, barlow })
        {
            var value = loss.forward(x, y);
            Assert.Equal(ScalarType.Float32, value.dtype);
            Expect.Close(loss.forward(x.to(ScalarType.Float64), y.to(ScalarType.Float64)), value, 1e-5, loss.GetName());
            Expect.Close(value, loss.forward(x.t().contiguous().t(), y.t().contiguous().t()), 1e-6, "not contiguous");
        }

        var views = dino.forward(x.unsqueeze(1), y.unsqueeze(1).narrow(0, 0, 2));
        Assert.Equal(ScalarType.Float32, views.dtype);
        Expect.Close(dino.forward(x.to(ScalarType.Float64).unsqueeze(1), y.to(ScalarType.Float64).unsqueeze(1).narrow(0, 0, 2)), views, 1e-5, "DINO");
    }

    [Fact]
    public void Wrong_inputs_are_named_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var dino = new DinoLoss(4);
        void DinoFails(Tensor student, Tensor teacher, params string[] parts)
        {
            var message = Assert.Throws<ArgumentException>(() => dino.forward(student, teacher)).Message;
            Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }

        DinoFails(zeros(2, 3, 4), zeros(2, 5, 4), "[2, 3, 4]", "[2, 5, 4]");
        DinoFails(zeros(2, 3, 5), zeros(2, 3, 5), "[2, 3, 5]", "[1, 4]");
        DinoFails(zeros(1, 3, 4), zeros(1, 3, 4), "2 student views");
        DinoFails(zeros(2, 3, 4), zeros(3, 3, 4), "[2, 3, 4]", "[3, 3, 4]");
        DinoFails(zeros(2, 3, 4), zeros(1, 3, 4, device: META), "cpu", "meta");

        using var byol = new ByolLoss();
        using var simSiam = new NegativeCosineSimilarityLoss();
        using var vicReg = new VicRegLoss();
        using var barlow = new BarlowTwinsLoss();
        foreach (var loss in new Module<Tensor, Tensor, Tensor>[] { byol, simSiam, vicReg, barlow })
        {
            var message = Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3), zeros(4, 2))).Message;
            Assert.Contains("[4, 3]", message, StringComparison.Ordinal);
            Assert.Contains("[4, 2]", message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => loss.forward(zeros(4), zeros(4)));
            Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3), zeros(4, 3, ScalarType.BFloat16)));
            Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3), zeros(4, 3, device: META)));
        }

        using var variance = new VarianceLoss();
        using var covariance = new CovarianceLoss();
        Assert.Contains("at least 2", Assert.Throws<ArgumentException>(() => variance.forward(zeros(1, 3))).Message, StringComparison.Ordinal);
        Assert.Contains("at least 2", Assert.Throws<ArgumentException>(() => covariance.forward(zeros(1, 3))).Message, StringComparison.Ordinal);
        Assert.Contains("at least 2", Assert.Throws<ArgumentException>(() => vicReg.forward(zeros(1, 3), zeros(1, 3))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DinoLoss(4, teacherTemperature: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VicRegLoss(varianceWeight: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => dino.TeacherTemperature = double.NaN);
    }

    [Fact]
    public void They_leave_only_their_result_behind()
    {
        using var x = Sample.Normal(1, 4, 3);
        using var y = Sample.Normal(2, 4, 3);
        using var student = Sample.Normal(1, 3, 4, 5);
        using var teacher = Sample.Normal(2, 2, 4, 5);
        using var dino = new DinoLoss(5);
        using var byol = new ByolLoss();
        using var simSiam = new NegativeCosineSimilarityLoss();
        using var vicReg = new VicRegLoss();
        using var barlow = new BarlowTwinsLoss();
        using var variance = new VarianceLoss();
        using var covariance = new CovarianceLoss();
        Expect.LeavesTensors(0, () => dino.forward(student, teacher).Dispose());
        Expect.LeavesTensors(0, () => byol.Symmetrized(x, y, y, x).Dispose());
        Expect.LeavesTensors(0, () => simSiam.Symmetrized(x, y, y, x).Dispose());
        Expect.LeavesTensors(0, () => vicReg.forward(x, y).Dispose());
        Expect.LeavesTensors(0, () => barlow.forward(x, y).Dispose());
        Expect.LeavesTensors(0, () => variance.forward(x).Dispose());
        Expect.LeavesTensors(0, () => covariance.forward(x).Dispose());
    }
}
