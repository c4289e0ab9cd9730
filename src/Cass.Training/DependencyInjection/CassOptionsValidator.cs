using Microsoft.Extensions.Options;

namespace Cass.Training;

/// <summary>Checks <see cref="CassOptions"/> where they come through Microsoft.Extensions.Options.</summary>
internal sealed class CassOptionsValidator : IValidateOptions<CassOptions>
{
    public ValidateOptionsResult Validate(string? name, CassOptions options) => OptionsRules.Failures(options) is { Count: > 0 } failures
        ? ValidateOptionsResult.Fail(failures)
        : ValidateOptionsResult.Success;
}
