namespace Cass.Data;

internal static class SplitArguments
{
    public static void CheckSeed(int seed)
    {
        if (seed < 0)
        {
            throw new CassInputException($"The seed of a split is {seed}; it must be at least 0.");
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
