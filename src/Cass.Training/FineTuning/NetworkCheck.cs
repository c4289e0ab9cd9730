namespace Cass.Training;

/// <summary>Whether a network can be fine-tuned as the settings say.</summary>
internal sealed class NetworkCheck(FineTuningOptions options, (int Height, int Width) imageSize, PlanFindings findings)
{
    /// <summary>Checks one network.</summary>
    public void Check(Backbone network)
    {
        var input = network.Configuration;
        if (input.FixedInputSize && (input.InputHeight, input.InputWidth) != imageSize)
        {
            findings.Problem(
                $"{network.ModelName} was made for images of {input.InputHeight}×{input.InputWidth}; this trainer resizes them to {imageSize.Height}×{imageSize.Width}. {PlanFindings.Sentence(findings.Names["Images.Height"] is { } height ? $"set {height}{(findings.Names["Images.Width"] is { } width ? $" and {width}" : string.Empty)}" : null, "make the network for that size or with BackboneOptions.DynamicImageSize")}");
        }

        if (Math.Min(imageSize.Height, imageSize.Width) < input.MinimumInputSize)
        {
            findings.Problem(
                $"{network.ModelName} takes images of {input.MinimumInputSize}×{input.MinimumInputSize} pixels or more; this trainer resizes them to {imageSize.Height}×{imageSize.Width}. {PlanFindings.Sentence(findings.Names["Images.Height"] is { } option ? $"set {option}{(findings.Names["Images.Width"] is { } other ? $" and {other}" : string.Empty)}" : null, "use larger images")}");
        }

        if (StageFreezing.Problem(network, options) is { } problem)
        {
            findings.Problem(problem);
        }

        try
        {
            _ = FineTuningRate.Of(options.LearningRate, network);
        }
        catch (CassInputException error)
        {
            findings.Problem(error.Message);
        }
    }
}
