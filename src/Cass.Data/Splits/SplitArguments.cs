namespace Cass.Data;

internal static class SplitArguments
{
    public static void CheckSeed(long seed)
    {
        if (seed is < uint.MinValue or > uint.MaxValue)
        {
            throw new CassInputException($"The seed of a split is {seed}; it must be from {uint.MinValue} to {uint.MaxValue}, as in NumPy.");
        }
    }

    public static void CheckFolds(int folds, int count, string items)
    {
        if (folds < 2)
        {
            throw new CassInputException($"The number of folds is {folds}; it must be at least 2.");
        }

        if (folds > count)
        {
            throw new CassInputException($"{count} {items} cannot be divided into {folds} folds; use at most {count}.");
        }
    }
}
