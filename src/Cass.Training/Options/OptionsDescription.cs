using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Cass.Training;

/// <summary>
/// Options of any class as JSON, by what each value is rather than by what its property is declared as: fields, tuples and derived
/// classes are in it too. What JSON cannot hold is refused, since a change of it would go unnoticed.
/// </summary>
internal static class OptionsDescription
{
    private const int MaxDepth = 32;
    private const string Remedy = "Give numbers, texts, enumerations, and objects and lists of these, or mark it [JsonIgnore] if no result depends on it.";

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IncludeFields = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Describes options.</summary>
    /// <param name="options">The options; null for none.</param>
    /// <param name="path">What messages call them.</param>
    /// <exception cref="CassInputException">A setting cannot be described; the message names it.</exception>
    public static JsonNode? Of(object? options, string path) => Of(options, path, depth: 0);

    private static JsonNode? Of(object? value, string path, int depth)
    {
        if (value is null)
        {
            return null;
        }

        var type = value.GetType();
        if (value is Delegate or IDisposable or MemberInfo or nint or nuint)
        {
            throw Refusal(path, type, "which cannot be compared with that of a checkpoint");
        }

        if (depth > MaxDepth)
        {
            throw Refusal(path, type, $"nested more than {MaxDepth} deep, as if it held itself");
        }

        try
        {
            var contract = Json.GetTypeInfo(type);
            return (contract.Kind, value) switch
            {
                (JsonTypeInfoKind.Object, _) => OfMembers(value, contract, path, depth),
                (JsonTypeInfoKind.Dictionary, IDictionary entries) => new JsonObject(Entries(entries).Select(entry => KeyValuePair.Create(entry.Key, Of(entry.Value, $"{path}[{entry.Key}]", depth + 1)))),
                (JsonTypeInfoKind.Enumerable, IEnumerable items) => new JsonArray([.. items.Cast<object?>().Select((item, i) => Of(item, $"{path}[{i}]", depth + 1))]),
                _ => JsonSerializer.SerializeToNode(value, contract) is JsonObject { Count: 0 } ? throw Unseen(path, type) : JsonSerializer.SerializeToNode(value, contract),
            };
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException or JsonException or ArgumentException)
        {
            throw Refusal(path, type, $"which cannot be compared with that of a checkpoint ({error.Message})", error);
        }
    }

    private static JsonObject OfMembers(object value, JsonTypeInfo contract, string path, int depth)
    {
        var described = new JsonObject();
        var seen = false;
        foreach (var member in contract.Properties)
        {
            if (member.Get is { } get)
            {
                seen = true;
                var ofMember = get(value);
                if (member.ShouldSerialize?.Invoke(value, ofMember) != false)
                {
                    described[member.Name] = Of(ofMember, $"{path}.{member.Name}", depth + 1);
                }
            }
        }

        return seen ? described : throw Unseen(path, value.GetType());
    }

    private static IEnumerable<(string Key, object? Value)> Entries(IDictionary entries)
    {
        foreach (DictionaryEntry entry in entries)
        {
            yield return (Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!, entry.Value);
        }
    }

    private static CassInputException Unseen(string path, Type type) =>
        Refusal(path, type, "of which nothing can be seen, since it has no public properties or fields");

    private static CassInputException Refusal(string path, Type type, string why, Exception? cause = null) => new($"{path} is a {type.Name}, {why}. {Remedy}", cause);
}
