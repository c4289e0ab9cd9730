using System.Collections;
using System.Reflection;

namespace Cass.Training;

/// <summary>
/// Takes options once: checks them, and copies them with everything nested in them, so that nothing that happens to the
/// caller's object later can change a run. A method of your own does so with its options when it is made.
/// </summary>
/// <example><code>
/// public MyMethod(Backbone backbone, MyMethodOptions options) => this.options = OptionsCopy.Of(options);
///
/// public object Options => OptionsCopy.Of(options);
/// </code></example>
public static class OptionsCopy
{
    /// <summary>
    /// Checks options against their <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/>,
    /// <see cref="System.ComponentModel.DataAnnotations.RequiredAttribute"/> and enumerations, and copies them.
    /// </summary>
    /// <param name="options">
    /// The options, of any class. Nested objects, arrays, lists, sets, dictionaries and tuples are copied too; delegates, types, and what has
    /// to be disposed, such as a tensor, are shared.
    /// </param>
    /// <param name="path">What messages put before the names of settings, such as <c>Pretraining</c>; empty, the default, for nothing.</param>
    /// <returns>The copy, of the same class.</returns>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">A setting is a collection of a kind that cannot be copied; the message names it.</exception>
    public static T Of<T>(T options, string path = "")
        where T : class
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(path);
        OptionsRules.ThrowIfInvalid(options, path);
        return (T)new Copier().Copy(options, options.GetType(), path)!;
    }

    private sealed class Copier
    {
        private static readonly MethodInfo Clone = typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

        private readonly Dictionary<object, object> copies = new(ReferenceEqualityComparer.Instance);

        /// <summary>Copies a value of a setting of a declared type.</summary>
        public object? Copy(object? value, Type declared, string path)
        {
            if (value is null or Delegate or MemberInfo or IDisposable || IsPlain(value.GetType()))
            {
                return value;
            }

            if (copies.TryGetValue(value, out var copied))
            {
                return copied;
            }

            var type = value.GetType();
            return value switch
            {
                IEnumerable items when value is Array || IsOfTheFramework(type) && !type.IsValueType => CopyItems(items, declared, path),
                _ when IsOfTheFramework(type) && !type.IsValueType => value,
                _ => CopyFields(value, path),
            };
        }

        /// <summary>Whether a type holds nothing that could be changed from elsewhere.</summary>
        private static bool IsPlain(Type type) =>
            type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(string)
            || (type.IsValueType && type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).All(field => IsPlain(field.FieldType)));

        private static bool IsOfTheFramework(Type type) =>
            type.Assembly == typeof(object).Assembly || type.Namespace?.Split('.')[0] is nameof(System);

        private static string NameOf(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;

        private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

        /// <summary>Copies an object field by field, so that properties without a setter are copied too.</summary>
        private object CopyFields(object value, string path)
        {
            var copy = Clone.Invoke(value, null)!;
            if (!value.GetType().IsValueType)
            {
                copies.Add(value, copy);
            }

            for (var type = value.GetType(); type is not null; type = type.BaseType)
            {
                foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Where(field => !IsPlain(field.FieldType)))
                {
                    field.SetValue(copy, Copy(field.GetValue(value), field.FieldType, Join(path, NameOf(field))));
                }
            }

            return copy;
        }

        private object CopyItems(IEnumerable items, Type declared, string path)
        {
            var type = items.GetType();
            if (items is Array { Rank: 1 } array)
            {
                var copy = Array.CreateInstance(type.GetElementType()!, array.Length);
                copies.Add(items, copy);
                for (var i = 0; i < array.Length; i++)
                {
                    copy.SetValue(Copy(array.GetValue(i), type.GetElementType()!, $"{path}[{i}]"), i);
                }

                return copy;
            }

            if (items is Array plain && IsPlain(type.GetElementType()!))
            {
                return plain.Clone();
            }

            var kind = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
            if (kind == typeof(List<>))
            {
                return Fill(type, [], nameof(List<int>.Add));
            }

            if (kind == typeof(HashSet<>) || kind == typeof(SortedSet<>))
            {
                return Fill(type, [type.GetProperty(nameof(HashSet<int>.Comparer))!.GetValue(items)], nameof(HashSet<int>.Add));
            }

            if (items is IDictionary entries && (kind == typeof(Dictionary<,>) || kind == typeof(SortedDictionary<,>)))
            {
                var copy = (IDictionary)Activator.CreateInstance(type, type.GetProperty(nameof(Dictionary<int, int>.Comparer))!.GetValue(items))!;
                copies.Add(items, copy);
                foreach (DictionaryEntry entry in entries)
                {
                    copy.Add(entry.Key, Copy(entry.Value, type.GetGenericArguments()[1], $"{path}[{entry.Key}]"));
                }

                return copy;
            }

            // Of other kinds, what the setting's type allows in their place, as long as nothing in it could be changed from elsewhere.
            if (type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0] is { } item)
            {
                if (declared.IsAssignableFrom(item.MakeArrayType()))
                {
                    var copy = (IList)Fill(typeof(List<>).MakeGenericType(item), [], nameof(List<int>.Add));
                    var asArray = Array.CreateInstance(item, copy.Count);
                    copy.CopyTo(asArray, 0);
                    return asArray;
                }

                if (item.IsGenericType && item.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
                    && typeof(Dictionary<,>).MakeGenericType(item.GetGenericArguments()) is var dictionary
                    && declared.IsAssignableFrom(dictionary))
                {
                    var copy = (IDictionary)Activator.CreateInstance(dictionary)!;
                    foreach (var entry in items)
                    {
                        var key = item.GetProperty(nameof(KeyValuePair<int, int>.Key))!.GetValue(entry)!;
                        copy.Add(key, Copy(item.GetProperty(nameof(KeyValuePair<int, int>.Value))!.GetValue(entry), item.GetGenericArguments()[1], $"{path}[{key}]"));
                    }

                    return copy;
                }

                if (type.Namespace is "System.Collections.Immutable" or "System.Collections.Frozen" && (IsPlain(item) || item.GetGenericArguments() is { Length: > 0 } parts && parts.All(IsPlain)))
                {
                    return items;
                }
            }

            throw new CassInputException($"{path} is a {type.Name}, which cannot be copied; give an array, a List, a HashSet or a Dictionary.");

            object Fill(Type collection, object?[] arguments, string add)
            {
                var copy = Activator.CreateInstance(collection, arguments)!;
                copies.TryAdd(items, copy);
                var method = collection.GetMethod(add)!;
                foreach (var (i, one) in items.Cast<object?>().Index())
                {
                    method.Invoke(copy, [Copy(one, collection.GetGenericArguments()[0], $"{path}[{i}]")]);
                }

                return copy;
            }
        }
    }
}
