using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>A tensor in a pickle: a view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Offset">Its first element in the storage.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Strides">Steps in the storage, in elements, for each dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, ScalarType Type, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>True where its elements lie in the storage one after the other in their own order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }

    /// <summary>The number of elements of the storage from the first that it uses to the last.</summary>
    public long Span
    {
        get
        {
            long last = 0;
            for (var i = 0; i < Shape.Length; i++)
            {
                if (Shape[i] == 0)
                {
                    return 0;
                }

                last += (Shape[i] - 1) * Strides[i];
            }

            return last + 1;
        }
    }

    /// <summary>Makes a tensor, checked to lie within its storage and not to be larger than it.</summary>
    /// <exception cref="FormatException">It does not.</exception>
    public static PickledTensor Create(PickledStorage storage, ScalarType type, long offset, long[] shape, long[] strides)
    {
        var available = storage.Type is null ? storage.Count / PickledTypes.SizeOf(type) : storage.Count;
        Require(offset >= 0 && offset <= available && shape.Length == strides.Length && shape.Length <= 64);
        UInt128 count = 1;
        UInt128 last = 0;
        var empty = false;
        for (var i = 0; i < shape.Length; i++)
        {
            Require(shape[i] >= 0 && strides[i] >= 0);
            empty |= shape[i] == 0;
            count *= (ulong)Math.Max(shape[i], 1);
            Require(count <= long.MaxValue);
            last += (UInt128)(ulong)Math.Max(shape[i] - 1, 0) * (ulong)strides[i];
            Require(last <= long.MaxValue);
        }

        Require(empty || (last < (ulong)(available - offset) && count <= (ulong)available));
        return new PickledTensor(storage, type, offset, shape, strides);

        static void Require(bool holds)
        {
            if (!holds)
            {
                throw new FormatException("has a tensor that does not lie within its storage.");
            }
        }
    }
}
