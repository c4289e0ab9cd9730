using System.Reflection;
using System.Reflection.Emit;
using System.Text.RegularExpressions;

namespace Cass.Tests.Layers;

/// <summary>Which folders of a package use which, from the compiled types and the places of their sources.</summary>
internal sealed partial class FolderGraph
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    private readonly Dictionary<string, Dictionary<string, string>> uses = new(StringComparer.Ordinal);

    public FolderGraph(Assembly assembly, string sources)
    {
        var folders = FoldersOfTypes(sources);
        foreach (var type in assembly.GetTypes())
        {
            if (FolderOf(type, folders) is not { } folder)
            {
                continue;
            }

            foreach (var used in UsedBy(type).SelectMany(Parts).Where(used => used.Assembly == assembly))
            {
                if (FolderOf(used, folders) is { } other && !string.Equals(other, folder, StringComparison.Ordinal))
                {
                    uses.TryAdd(folder, new(StringComparer.Ordinal));
                    uses[folder].TryAdd(other, $"{Outermost(type).Name} uses {Outermost(used).Name}");
                }
            }
        }
    }

    /// <summary>Folders that use others.</summary>
    public int Count => uses.Count;

    /// <summary>A way from a folder back to itself, each step with a type that takes it; empty where there is none.</summary>
    public IReadOnlyList<string> Cycle()
    {
        foreach (var start in uses.Keys.Order(StringComparer.Ordinal))
        {
            var waiting = new Queue<(string Folder, string[] Way)>([(start, [])]);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (waiting.TryDequeue(out var at))
            {
                foreach (var (other, why) in uses.GetValueOrDefault(at.Folder, []))
                {
                    string[] way = [.. at.Way, $"{at.Folder} → {other}: {why}"];
                    if (string.Equals(other, start, StringComparison.Ordinal))
                    {
                        return way;
                    }

                    if (seen.Add(other))
                    {
                        waiting.Enqueue((other, way));
                    }
                }
            }
        }

        return [];
    }

    private static Dictionary<string, string> FoldersOfTypes(string sources)
    {
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(sources, file).Split(Path.DirectorySeparatorChar);
            if (path[0] is "obj" or "bin")
            {
                continue;
            }

            foreach (Match declaration in Declaration().Matches(File.ReadAllText(file)))
            {
                folders[declaration.Groups["name"].Value] = path.Length == 1 ? "(root)" : path[0];
            }
        }

        return folders;
    }

    private static string? FolderOf(Type type, Dictionary<string, string> folders) => folders.GetValueOrDefault(Outermost(type).Name.Split('`')[0]);

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    /// <summary>A type with its elements and arguments.</summary>
    private static IEnumerable<Type> Parts(Type type) => type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericParameter ? []
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : [type];

    private static IEnumerable<Type> UsedBy(Type type)
    {
        IEnumerable<Type?> declared =
        [
            type.BaseType,
            .. type.GetInterfaces(),
            .. type.GetFields(Declared).Select(field => field.FieldType),
            .. type.GetCustomAttributesData().Select(attribute => attribute.AttributeType),
        ];
        IEnumerable<MethodBase> methods = [.. type.GetMethods(Declared), .. type.GetConstructors(Declared)];
        return declared.OfType<Type>().Concat(methods.SelectMany(UsedBy));
    }

    private static IEnumerable<Type> UsedBy(MethodBase method)
    {
        foreach (var parameter in method.GetParameters())
        {
            yield return parameter.ParameterType;
        }

        if (method is MethodInfo { ReturnType: var result })
        {
            yield return result;
        }

        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (var local in body.LocalVariables)
        {
            yield return local.LocalType;
        }

        foreach (var token in Tokens(body.GetILAsByteArray()!))
        {
            var member = method.Module.ResolveMember(token, method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null);
            if ((member as Type ?? member?.DeclaringType) is { } used)
            {
                yield return used;
            }

            foreach (var argument in member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [])
            {
                yield return argument;
            }
        }
    }

    /// <summary>The tokens of types, fields and methods in a method's instructions.</summary>
    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (var i = 0; i < code.Length;)
        {
            var first = code[i++];
            var instruction = Instructions[first == 0xFE ? unchecked((short)(0xFE00 | code[i++])) : first];
            if (instruction.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(code, i);
            }

            i += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, i)),
                _ => 4,
            };
        }
    }

    [GeneratedRegex(@"^(?:public|internal|file)\s+(?:[a-z]+\s+)*(?:class|record|struct|interface|enum)\s+(?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Declaration();
}
