using System.Numerics;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// Reads a pickle as <c>torch.save</c> writes it (pickle protocols 2 to 5) without running anything: it knows tensors,
/// storages, dictionaries, lists, tuples, texts and numbers. An object of any other class, such as the arguments of the
/// program that trained the weights, is passed over: a <see cref="PickleStandIn"/> takes its place, and what belongs to it
/// is read and dropped. What would run a command if Python loaded it is refused.
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
    private readonly Dictionary<string, PickledStorage>? storages;
    private int values;

    private PickleReader(PickleBytes bytes, Dictionary<string, PickledStorage>? storages)
    {
        this.bytes = bytes;
        this.storages = storages;
    }

    /// <summary>
    /// Reads one pickle. Its parts are null, bool, long, <see cref="BigInteger"/>, double, string, <see cref="PickledTensor"/>,
    /// <see cref="PickledStorage"/>, <see cref="ScalarType"/>, object?[] for a tuple, List for a list, Dictionary for a
    /// dictionary and <see cref="PickleStandIn"/> for anything else.
    /// </summary>
    /// <param name="bytes">The pickle.</param>
    /// <param name="storages">Takes every storage that the pickle names, also those within what is passed over; null for none.</param>
    /// <exception cref="FormatException">It is damaged or not to be trusted; the message completes a sentence that begins with the file.</exception>
    public static object? Read(PickleBytes bytes, Dictionary<string, PickledStorage>? storages = null) => new PickleReader(bytes, storages).Run();

    internal static FormatException Refused(string what) => new(
        $"holds {what}, which is not read. Save the state dict alone with PyTorch, torch.save(model.state_dict(), path).");

    internal static FormatException Damaged() => new("has a damaged description of its tensors; download or write it again.");

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
                PushText(bytes.ReadUInt32());
                break;
            case 0x8C or (byte)'U':
                PushText(bytes.ReadByte());
                break;
            case 0x8D:
                PushText(unchecked((ulong)bytes.ReadInt64()));
                break;
            case (byte)'C':
                PushSkipped("bytes", bytes.ReadByte());
                break;
            case (byte)'B':
                PushSkipped("bytes", bytes.ReadUInt32());
                break;
            case 0x8E or 0x96:
                PushSkipped("bytes", unchecked((ulong)bytes.ReadInt64()));
                break;
            case 0x8B:
                PushSkipped("int", bytes.ReadUInt32());
                break;
            case 0x8F:
                Push(new PickleStandIn("builtins", "set"));
                break;
            case 0x90:
                PopToMark();
                RequireStandIn();
                break;
            case 0x91:
                PopToMark();
                Push(new PickleStandIn("builtins", "frozenset"));
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
                Push(PickleGlobals.Find(bytes.ReadLine(), bytes.ReadLine()));
                break;
            case 0x93:
                var name = Pop() as string;
                Push(PickleGlobals.Find(Pop() as string, name));
                break;
            case (byte)'Q':
                var persistent = PickleGlobals.Persistent(Pop());
                if (persistent is PickledStorage storage)
                {
                    storages?.TryAdd(storage.Key, storage);
                }

                Push(persistent);
                break;
            case (byte)'R' or 0x81 or 0x92:
                if (opcode == 0x92)
                {
                    // Arguments by name.
                    Pop();
                }

                var arguments = Pop() as object?[] ?? throw Damaged();
                Push(PickleGlobals.Call(Pop(), arguments));
                break;
            case (byte)'b':
                // PyTorch gives a state dict's dictionary an attribute with its version numbers, and a tensor may have attributes.
                Pop();
                if (Peek() is not (Dictionary<object, object?> or PickledTensor or PickleStandIn))
                {
                    throw Damaged();
                }

                break;
            default:
                throw Refused(opcode switch
                {
                    (byte)'i' or (byte)'o' => "an object of a class",
                    (byte)'P' => "a persistent object",
                    0x82 or 0x83 or 0x84 => "an extension",
                    0x97 or 0x98 => "a buffer",
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

    private void PushText(ulong length)
    {
        if (length <= MaxTextLength)
        {
            Push(bytes.ReadText((int)length));
        }
        else
        {
            // No name is that long; a program's settings may well be.
            PushSkipped("str", length);
        }
    }

    private void PushSkipped(string type, ulong length)
    {
        bytes.Skip(length);
        Push(new PickleStandIn("builtins", type));
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
        if (Peek() is List<object?> list)
        {
            list.AddRange(items);
            return;
        }

        RequireStandIn();
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is Dictionary<object, object?> dictionary)
        {
            Filled(dictionary, items);
            return;
        }

        RequireStandIn();
    }

    private void RequireStandIn()
    {
        if (Peek() is not PickleStandIn)
        {
            throw Damaged();
        }
    }

    internal static Dictionary<object, object?> Filled(Dictionary<object, object?> dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            throw Damaged();
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            // Texts and whole numbers alone are keys: others could be made to collide, or contain themselves, and name no weights.
            if (items[i] is string or long)
            {
                dictionary[items[i]!] = items[i + 1];
            }
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
}
