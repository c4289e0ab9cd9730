namespace Cass.Tests.Fuzz;

/// <summary>Damages a file as transfers, disks and attackers do: flipped, random, lost, repeated and foreign bytes, and wrong sizes in the first of them.</summary>
internal static class ByteMutation
{
    private const int SizesLength = 64;

    public static byte[] Apply(byte[] seed, byte[] other, Random random)
    {
        byte[] bytes = [.. seed];
        for (var change = random.Next(1, 5); change > 0 && bytes.Length > 0; change--)
        {
            var at = random.Next(bytes.Length);
            var count = Math.Min(random.Next(1, 33), bytes.Length - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    random.NextBytes(bytes.AsSpan(at, count));
                    break;
                case 2:
                    bytes = bytes[..Math.Max(1, at)];
                    break;
                case 3:
                    bytes = [.. bytes[..at], .. bytes[(at + count)..]];
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[at..(at + count)], .. bytes[at..]];
                    break;
                case 5:
                    bytes = [.. bytes[..at], .. other[Math.Min(at, other.Length - 1)..]];
                    break;
                default:
                    bytes[random.Next(Math.Min(SizesLength, bytes.Length))] = (byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(256) });
                    break;
            }
        }

        return bytes;
    }
}
