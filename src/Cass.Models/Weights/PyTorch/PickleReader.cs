using System.Numerics;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// Reads a pickle as <c>torch.save</c> writes it (pickle protocols 2 to 5) without running anything: it knows tensors,
/// storages, dictionaries, lists, tuples, texts and numbers, and refuses everything else by name.
/// </summary>
internal sealed class PickleReader
{
    /// <summary>The longest text that is read, in bytes.</summary>
    public const int MaxTextLength = 1 << 16;

    private const int MaxValues = 500_000;

    private static readonly object Mark = new();
    private static readonly object?[] NoItems = [];

    private readonly PickleBytes bytes;
    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int values;

    private PickleReader(PickleBytes bytes)
    {
        this.bytes = bytes;
    }

    /// <summary>
    /// Reads one pickle. Its parts are null, bool, long, <see cref="BigInteger"/>, double, string, <see cref="PickledTensor"/>,
    /// <see cref="PickledStorage"/>, <see cref="ScalarType"/>, object?[] for a tuple, List for a list and
    /// Dictionary for a dictionary.
    /// </summary>
    /// <exception cref="FormatException">It is damaged or holds something else; the message completes a sentence that begins with the file.</exception>
    public static object? Read(PickleBytes bytes) => new PickleReader(bytes).Run();

    private static FormatException Refused(string what) => new(
        $"holds {what}, which is not read: only tensors, dictionaries and numbers are. Save the state dict alone with PyTorch, torch.save(model.state_dict(), path).");

    private static FormatException Damaged() => new("has a damaged description of its tensors; download or write it again.");

    private static FormatException TooMany() => new($"describes more than {MaxValues} values; a state dict has fewer.");

    private object? Run()
    {
        while (true)
        {
            var opcode = bytes.ReadByte();
            switch (opcode)
            {
                case 0x80: // PROTO
                    if (bytes.ReadByte() is < 2 or > 5)
                    {
                        throw new FormatException("has a pickle of an unknown protocol.");
                    }

                    break;
                case 0x95: // FRAME
                    bytes.ReadInt64();
                    break;
                case (byte)'.': // STOP
                    return stack.Count == 1 ? Pop() : throw Damaged();
                default:
                    Execute(opcode);
                    break;
            }
        }
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(':
                Push(Mark);
                break;
            case (byte)'0':
                Pop();
                break;
            case (byte)'1':
                PopToMark();
                break;
            case (byte)'2':
                Push(Peek());
                break;
            case (byte)'N':
                Push(null);
                break;
            case 0x88:
                Push(true);
                break;
            case 0x89:
                Push(false);
                break;
            case (byte)'J':
                Push((long)bytes.ReadInt32());
                break;
            case (byte)'K':
                Push((long)bytes.ReadByte());
                break;
            case (byte)'M':
                Push((long)bytes.ReadUInt16());
                break;
            case 0x8A:
                PushLong(bytes.ReadByte());
                break;
            case (byte)'G':
                Push(bytes.ReadBigEndianDouble());
                break;
            case (byte)'X' or (byte)'T':
                Push(bytes.ReadText(bytes.ReadUInt32()));
                break;
            case 0x8C or (byte)'U':
                Push(bytes.ReadText(bytes.ReadByte()));
                break;
            case 0x8D:
                Push(bytes.ReadText(unchecked((ulong)bytes.ReadInt64())));
                break;
            case (byte)')':
                Push(NoItems);
                break;
            case (byte)'t':
                Push(PopToMark());
                break;
            case 0x85 or 0x86 or 0x87:
                Push(PopItems(opcode - 0x84));
                break;
            case (byte)']':
                Push(new List<object?>(0));
                break;
            case (byte)'l':
                Push(new List<object?>(PopToMark()));
                break;
            case (byte)'a':
                AppendTo([Pop()]);
                break;
            case (byte)'e':
                AppendTo(PopToMark());
                break;
            case (byte)'}':
                Push(new Dictionary<object, object?>());
                break;
            case (byte)'d':
                Push(Filled(new Dictionary<object, object?>(), PopToMark()));
                break;
            case (byte)'s':
                SetItems(PopItems(2));
                break;
            case (byte)'u':
                SetItems(PopToMark());
                break;
            case (byte)'q':
                Remember(bytes.ReadByte());
                break;
            case (byte)'r':
                Remember(bytes.ReadUInt32());
                break;
            case 0x94:
                Remember((uint)memo.Count);
                break;
            case (byte)'h':
                Push(Remembered(bytes.ReadByte()));
                break;
            case (byte)'j':
                Push(Remembered(bytes.ReadUInt32()));
                break;
            case (byte)'c':
                Push(Global(bytes.ReadLine(), bytes.ReadLine()));
                break;
            case 0x93:
                var name = Pop() as string;
                Push(Global(Pop() as string, name));
                break;
            case (byte)'Q':
                Push(Storage(Pop()));
                break;
            case (byte)'R':
                var arguments = Pop() as object?[] ?? throw Damaged();
                Push(Call(Pop() as PickleGlobal ?? throw Damaged(), arguments));
                break;
            case (byte)'b':
                // PyTorch gives a state dict's dictionary an attribute with its version numbers.
                Pop();
                if (Peek() is not Dictionary<object, object?>)
                {
                    throw Refused("an object with attributes");
                }

                break;
            default:
                throw Refused(opcode switch
                {
                    (byte)'B' or (byte)'C' or 0x8E => "bytes",
                    0x81 or 0x92 => "an object of a class",
                    (byte)'i' or (byte)'o' => "an object of a class",
                    (byte)'P' => "a persistent object",
                    0x8F or 0x90 or 0x91 => "a set",
                    0x82 or 0x83 or 0x84 => "an extension",
                    0x96 or 0x97 or 0x98 => "a buffer",
                    0x8B => "a number of unlimited length",
                    _ => $"the pickle instruction 0x{opcode:X2}",
                });
        }
    }

    private void PushLong(int length)
    {
        Span<byte> digits = stackalloc byte[length];
        bytes.Read(digits);
        var number = new BigInteger(digits);
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            Push((long)number);
        }
        else
        {
            Push(number);
        }
    }

    private void Push(object? value)
    {
        if (++values > MaxValues)
        {
            throw TooMany();
        }

        stack.Add(value);
    }

    private object? Pop()
    {
        if (stack.Count == 0 || ReferenceEquals(stack[^1], Mark))
        {
            throw Damaged();
        }

        var value = stack[^1];
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object? Peek() => stack.Count == 0 || ReferenceEquals(stack[^1], Mark) ? throw Damaged() : stack[^1];

    private object?[] PopItems(int count)
    {
        if (stack.Count < count)
        {
            throw Damaged();
        }

        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            items[i] = Pop();
        }

        return items;
    }

    private object?[] PopToMark()
    {
        var mark = stack.Count - 1;
        while (mark >= 0 && !ReferenceEquals(stack[mark], Mark))
        {
            mark--;
        }

        if (mark < 0)
        {
            throw Damaged();
        }

        var items = stack.GetRange(mark + 1, stack.Count - mark - 1).ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private void AppendTo(object?[] items)
    {
        if (Peek() is not List<object?> list)
        {
            throw Damaged();
        }

        list.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is not Dictionary<object, object?> dictionary)
        {
            throw Damaged();
        }

        Filled(dictionary, items);
    }

    private static Dictionary<object, object?> Filled(Dictionary<object, object?> dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            throw Damaged();
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            // Texts and whole numbers alone are keys: others could be made to collide, or contain themselves.
            if (items[i] is not (string or long))
            {
                throw Refused("a dictionary whose keys are neither texts nor whole numbers");
            }

            dictionary[items[i]!] = items[i + 1];
        }

        return dictionary;
    }

    private void Remember(uint index)
    {
        memo[index] = Peek();
        if (memo.Count > MaxValues)
        {
            throw TooMany();
        }
    }

    private object? Remembered(uint index) => memo.TryGetValue(index, out var value) ? value : throw Damaged();

    private static object Global(string? module, string? name)
    {
        if (module is null || name is null)
        {
            throw Damaged();
        }

        switch (module)
        {
            case "torch" when PickledTypes.OfType(name) is { } type:
                return type;
            case "torch" or "torch.storage" or "torch.cuda" when PickledTypes.OfStorage(name) is not null || string.Equals(name, "UntypedStorage", StringComparison.Ordinal):
            case "torch" when name is "Size":
            case "collections" when name is "OrderedDict":
            case "torch._utils" when name is "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_tensor_v3" or "_rebuild_parameter":
                return new PickleGlobal(module, name);
            default:
                throw Refused($"'{Shortened(module)}.{Shortened(name)}'");
        }
    }

    private static string Shortened(string text) => new([.. (text.Length <= 100 ? text : text[..100]).Select(c => char.IsControl(c) ? '?' : c)]);

    private static PickledStorage Storage(object? id)
    {
        // ("storage", type, key, location, number of elements), and in the older format a view that is not used any more.
        if (id is not object?[] { Length: 5 or 6 } parts || parts[0] is not "storage")
        {
            throw Refused("a persistent object other than a storage");
        }

        if (parts.Length == 6 && parts[5] is not null)
        {
            throw Refused("a view of a storage");
        }

        return parts[1] is PickleGlobal type && parts[2] is string key && parts[4] is long count and >= 0 && (PickledTypes.OfStorage(type.Name) is not null || type.Name is "UntypedStorage")
            ? new PickledStorage(type.Name, PickledTypes.OfStorage(type.Name), key, count)
            : throw Damaged();
    }

    private static object? Call(PickleGlobal function, object?[] arguments) => function.Name switch
    {
        "OrderedDict" when arguments is [] => new Dictionary<object, object?>(),
        "OrderedDict" when arguments is [List<object?> pairs] => FromPairs(pairs),
        "Size" when arguments is [object?[] sizes] => sizes,
        "_rebuild_parameter" when arguments is [PickledTensor tensor, ..] => tensor,
        "_rebuild_tensor" or "_rebuild_tensor_v2" when arguments is [PickledStorage { Type: { } type } storage, long offset, object?[] size, object?[] stride, ..] =>
            PickledTensor.Create(storage, type, offset, Numbers(size), Numbers(stride)),
        "_rebuild_tensor_v3" when arguments is [PickledStorage storage, long offset, object?[] size, object?[] stride, _, _, ScalarType type, ..] && (storage.Type ?? type) == type =>
            PickledTensor.Create(storage, type, offset, Numbers(size), Numbers(stride)),
        _ => throw Damaged(),
    };

    private static Dictionary<object, object?> FromPairs(List<object?> pairs)
    {
        var dictionary = new Dictionary<object, object?>();
        foreach (var pair in pairs)
        {
            Filled(dictionary, pair switch
            {
                object?[] { Length: 2 } tuple => tuple,
                List<object?> { Count: 2 } list => [.. list],
                _ => throw Damaged(),
            });
        }

        return dictionary;
    }

    private static long[] Numbers(object?[] values)
    {
        var numbers = new long[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            numbers[i] = values[i] is long number ? number : throw Damaged();
        }

        return numbers;
    }
}
