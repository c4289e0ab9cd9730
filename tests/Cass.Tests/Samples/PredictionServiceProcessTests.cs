using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The sample's service as a program.</summary>
[Collection(ProcessCollection.Name)]
public sealed class PredictionServiceProcessTests
{
    [Fact]
    public void Without_a_classifier_it_says_in_one_line_how_to_make_one()
    {
        using var folder = new TemporaryFolder();
        var run = SampleProcess.RunProgram("PredictionService.dll", folder.Path, []);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(string.Empty, run.Output);
        Assert.Contains("samples/BrainMri", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_classifier_that_is_missing_ends_the_start_in_one_line()
    {
        using var folder = new TemporaryFolder();
        var run = SampleProcess.RunProgram("PredictionService.dll", folder.Path, ["absent"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(string.Empty, run.Output);
        Assert.Equal($"error: The folder '{folder["absent"]}' does not exist. Give the folder that ImageClassifier.Save wrote.", Assert.Single(run.ErrorLines));
    }
}
