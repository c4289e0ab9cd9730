using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Cass.Training;

/// <summary>
/// Checks options objects against their <see cref="RangeAttribute"/> and <see cref="RequiredAttribute"/>, nested ones
/// too, and words what it finds with the option's full name, its value and the allowed range.
/// </summary>
internal static class OptionsRules
{
    public static IReadOnlyList<string> Failures(object options, string path = "")
    {
        var failures = new List<string>();
        Collect(options, path, failures, new HashSet<object>(ReferenceEqualityComparer.Instance));
        return failures;
    }

    public static void ThrowIfInvalid(object options, string path = "")
    {
        if (Failures(options, path) is { Count: > 0 } failures)
        {
            throw new InvalidOptionsException(failures);
        }
    }

    /// <summary>What is wrong with a path that may be null but not blank, as a sentence; none where nothing is.</summary>
    public static IEnumerable<string> BlankPath(string name, string? value) =>
        value is not null && string.IsNullOrWhiteSpace(value) ? [$"{name} is '{value}'; give a path, or null for none."] : [];

    /// <summary>Whether a type is one of nested options.</summary>
    public static bool AreOptions(Type type) =>
        type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal) && !type.IsAssignableTo(typeof(IEnumerable));

    /// <summary>Whether a type is one of a caller's own that may hold settings, whatever it is called.</summary>
    private static bool MayHoldSettings(Type type) =>
        AreOptions(type) || (type.IsClass && type.Assembly != typeof(OptionsRules).Assembly && type.Namespace?.Split('.')[0] is not ("System" or "TorchSharp" or "Microsoft") && !type.IsAssignableTo(typeof(IEnumerable)) && !type.IsAssignableTo(typeof(IDisposable)) && !type.IsAssignableTo(typeof(Delegate)));

    private static void Collect(object options, string path, List<string> failures, HashSet<object> around)
    {
        if (!around.Add(options))
        {
            return;
        }

        if (options is IRelatedSettings related)
        {
            failures.AddRange(related.Failures(path.Length == 0 ? path : path + "."));
        }

        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanRead && property.GetIndexParameters().Length == 0))
        {
            CheckMember(property, property.PropertyType, property.GetValue(options), path, failures, around);
        }

        foreach (var field in options.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            CheckMember(field, field.FieldType, field.GetValue(options), path, failures, around);
        }

        around.Remove(options);
    }

    private static void CheckMember(MemberInfo member, Type declared, object? value, string path, List<string> failures, HashSet<object> around)
    {
        var name = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
        if (value is null)
        {
            if (member.GetCustomAttribute<RequiredAttribute>() is not null)
            {
                failures.Add($"{name} is not set; it needs a value.");
            }

            return;
        }

        if (member.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            CheckRange(range, name, value, failures);
        }

        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsEnum && !Enum.IsDefined(type, value))
        {
            failures.Add($"{name} is {value}; it must be one of {string.Join(", ", Enum.GetNames(type))}.");
        }

        if (MayHoldSettings(type))
        {
            Collect(value, name, failures, around);
        }
    }

    private static void CheckRange(RangeAttribute range, string name, object value, List<string> failures)
    {
        if (value is not double.NaN && range.IsValid(value))
        {
            return;
        }

        if (value is double number && !double.IsFinite(number))
        {
            failures.Add($"{name} is {number}; it must be a finite number.");
            return;
        }

        var minimum = range.MinimumIsExclusive ? $"above {range.Minimum}" : $"at least {range.Minimum}";
        var maximum = range.MaximumIsExclusive ? $"below {range.Maximum}" : $"at most {range.Maximum}";
        var unbounded = range.Maximum is int.MaxValue or long.MaxValue or double.MaxValue;
        failures.Add($"{name} is {value}; it must be {minimum}{(unbounded ? string.Empty : $" and {maximum}")}.");
    }
}
