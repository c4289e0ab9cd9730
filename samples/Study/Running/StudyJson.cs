using System.Text.Json;
using System.Text.Json.Serialization;
using Cass;
using Cass.Training;

namespace Study.Running;

/// <summary>How the study's files are read and written.</summary>
internal static class StudyJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter<NumericPrecision>(new LowerCase(), allowIntegerValues: false), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <exception cref="CassInputException">The file is missing, or is not what it should be.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return Parse<T>(File.ReadAllText(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CassInputException($"'{path}' cannot be read: {error.Message}", error);
        }
    }

    public static T Parse<T>(string json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new CassInputException($"'{name}' says null.");
        }
        catch (JsonException error)
        {
            throw new CassInputException($"'{name}' is not as expected: {error.Message}", error);
        }
    }

    /// <summary><c>bfloat16</c>, as PyTorch has it, where other policies make two words of it.</summary>
    private sealed class LowerCase : JsonNamingPolicy
    {
        public override string ConvertName(string name) => name.ToLowerInvariant();
    }
}
