using System.Globalization;

namespace Cass.Data.Benchmarks;

internal static class Arguments
{
    public static long Number(string[] arguments, string name, long otherwise)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? long.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : otherwise;
    }
}
