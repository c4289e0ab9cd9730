using Microsoft.Extensions.Options;

namespace Cass.Serving;

/// <summary>Checks <see cref="ServingOptions"/> where they come through Microsoft.Extensions.Options.</summary>
internal sealed class ServingOptionsValidator : IValidateOptions<ServingOptions>
{
    public ValidateOptionsResult Validate(string? name, ServingOptions options) => options.Failures() is { Count: > 0 } failures
        ? ValidateOptionsResult.Fail(failures)
        : ValidateOptionsResult.Success;
}
