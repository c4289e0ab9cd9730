namespace Cass.Data;

internal static class TransformArguments
{
    public static void CheckProbability(double probability)
    {
        if (!(probability is >= 0 and <= 1))
        {
            throw new CassInputException($"The probability of a transform is {probability}; it must lie between 0 and 1.");
        }
    }

    public static void CheckSize(int height, int width)
    {
        if (height < 1 || width < 1 || (long)height * width > int.MaxValue / 12)
        {
            throw new CassInputException($"An image cannot be made {height} high and {width} wide; both must be at least 1, such as 384.");
        }
    }

    public static void CheckRange(double low, double high, double least, double most, string what)
    {
        if (!(low <= high && low >= least && high <= most && double.IsFinite(low) && double.IsFinite(high)))
        {
            throw new CassInputException($"The range of the {what} is {low} to {high}; it must ascend and lie between {least} and {most}.");
        }
    }
}
