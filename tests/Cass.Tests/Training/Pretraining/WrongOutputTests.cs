using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Pretraining;

/// <summary>Mistakes in the forward pass of a method end its first step with the method's name, what is wrong, and the remedy.</summary>
public sealed class WrongOutputTests
{
    public static TheoryData<string, Func<Tensor, SelfSupervisedOutput>> Mistakes { get; } = new()
    {
        { "gave null; return a SelfSupervisedOutput", _ => null! },
        { "null for the loss", features => new(null!, PlainMethod.Embeddings(features.detach())) },
        { "null for the embeddings;", features => new(features.mean(), null!) },
        { "null for the embeddings of 'network'", features => new(features.mean(), PlainMethod.Embeddings(null!)) },
        { "null for the figures;", features => new(features.mean(), PlainMethod.Embeddings(features.detach())) { Figures = null! } },
        { "a disposed tensor for the loss; take it out of the dispose scope that Forward opens, with MoveToOuterDisposeScope()", ForgottenLoss },
        { "a disposed tensor for the embeddings of 'network'", ForgottenEmbeddings },
        { "a disposed tensor for the figure 'norm'", ForgottenFigure },
        { "gave the loss the shape [4]; it is a scalar", features => new(features.mean([1]), PlainMethod.Embeddings(features.detach())) },
        { "a loss without a gradient", features => new(features.detach().mean(), PlainMethod.Embeddings(features.detach())) },
        { "embeddings of 'network' of shape [4, 16, 1]", features => new(features.mean(), PlainMethod.Embeddings(features.detach().unsqueeze(2))) },
        { "embeddings of 'network' of shape [16]", features => new(features.mean(), PlainMethod.Embeddings(features.detach().mean([0]))) },
        { "embeddings of 'network' of shape [16, 4] in Float32; for 4 images they are floating-point numbers of shape [4, dimensions]", features => new(features.mean(), PlainMethod.Embeddings(features.detach().t())) },
        { "in Int64", features => new(features.mean(), PlainMethod.Embeddings(features.detach().to(int64))) },
        { "the figure 'norm' the shape [4]", features => new(features.mean(), PlainMethod.Embeddings(features.detach())) { Figures = new Dictionary<string, Tensor> { ["norm"] = features.detach().mean([1]) } } },
        { "the judged loss the shape [4, 16]", features => new(features.mean(), PlainMethod.Embeddings(features.detach())) { JudgedLoss = features.detach() } },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_remedy_and_leaves_no_tensor_behind(string expected, Func<Tensor, SelfSupervisedOutput> output)
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var method = new PlainMethod { Output = output })
        {
            var error = Assert.Throws<CassInputException>(() => method.Pretrain());
            Assert.Contains("plain method", error.Message, StringComparison.Ordinal);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Embeddings_that_change_their_width_are_refused()
    {
        var steps = 0;
        using var method = new PlainMethod { Output = features => new(features.mean(), PlainMethod.Embeddings(features.detach().narrow(1, 0, 16 - steps++))) };
        Assert.Contains("15 dimensions after others of 16", Assert.Throws<CassInputException>(() => method.Pretrain()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "gave no JudgedLoss, otherwise than before")]
    [InlineData(1, "gave a JudgedLoss, otherwise than before")]
    public void A_judged_loss_is_given_for_every_batch_or_for_none(int judgedStep, string expected)
    {
        var step = 0;
        using var method = new PlainMethod { Output = features => new(features.square().mean(), PlainMethod.Embeddings(features.detach())) { JudgedLoss = step++ == judgedStep ? features.detach().mean() : null } };
        Assert.Contains(expected, Assert.Throws<CassInputException>(() => method.Pretrain()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("two\nlines")]
    public void A_figure_needs_a_name_of_one_line(string name)
    {
        using var method = new PlainMethod { Output = features => new(features.square().mean(), PlainMethod.Embeddings(features.detach())) { Figures = new Dictionary<string, Tensor> { [name] = features.detach().mean() } } };
        Assert.Contains("a name of one line", Assert.Throws<CassInputException>(() => method.Pretrain()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_without_a_gradient_will_do_where_no_weight_is_moved()
    {
        using var method = new PlainMethod();
        Assert.Equal(2, method.Pretrain(options => options.UpdateWeights = false).Count);
    }

    [Fact]
    public void Without_embeddings_there_is_no_verdict_and_one_warning()
    {
        using var method = new PlainMethod { Output = features => new(features.square().mean(), new Dictionary<string, Tensor>()) };
        var history = method.Pretrain(options => options.StopWhenCollapsed = true);
        Assert.Equal(2, history.Count);
        Assert.All(history, row => Assert.Null(row.Verdict));
        Assert.All(history, row => Assert.Empty(row.EmbeddingStd));
        var warning = Assert.Single(method.Logger.Messages, message => message.Contains("SelfSupervisedOutput.Embeddings", StringComparison.Ordinal));
        Assert.Contains("StopWhenCollapsed", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_without_a_verdict_says_that_none_is_known()
    {
        using var folder = new TemporaryFolder();
        using var method = new PlainMethod { Output = features => new(features.square().mean(), new Dictionary<string, Tensor>()) };
        using var trainer = TinyTraining.Builder().Build();
        new RunReport { Title = "none", Options = trainer.Options, Environment = trainer.Environment, Pretraining = method.Pretrain(), Networks = [] }.Write(folder.Path);
        foreach (var text in (string[])[File.ReadAllText(folder["report.md"]), File.ReadAllText(folder["report.html"])])
        {
            Assert.Contains("Whether pretraining collapsed is not known", text, StringComparison.Ordinal);
            Assert.DoesNotContain("no sign of collapse", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"[|>]\s*Healthy", text);
        }
    }

    private static SelfSupervisedOutput ForgottenLoss(Tensor features)
    {
        using var scope = NewDisposeScope();
        return new(features.mean(), PlainMethod.Embeddings(features.detach().MoveToOuterDisposeScope()));
    }

    private static SelfSupervisedOutput ForgottenEmbeddings(Tensor features)
    {
        using var scope = NewDisposeScope();
        return new(features.mean().MoveToOuterDisposeScope(), PlainMethod.Embeddings(features.detach()));
    }

    private static SelfSupervisedOutput ForgottenFigure(Tensor features)
    {
        using var scope = NewDisposeScope();
        return new(features.mean().MoveToOuterDisposeScope(), PlainMethod.Embeddings(features.detach().MoveToOuterDisposeScope()))
        {
            Figures = new Dictionary<string, Tensor> { ["norm"] = features.detach().mean() },
        };
    }
}
