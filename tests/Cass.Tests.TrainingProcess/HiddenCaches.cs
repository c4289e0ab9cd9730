namespace Cass.Tests.TrainingProcess;

/// <summary>
/// Lets oneDNN note caches of one byte, as it does on virtual machines that hide them. Only a process of its own can, with <c>CASS_ONEDNN=1</c>: oneDNN uses again what it
/// prepared by other sizes.
/// </summary>
internal static class HiddenCaches
{
    /// <summary>Prints the convolutions that are checked and wrong, or <c>unknown</c> where oneDNN's notes are not found.</summary>
    /// <param name="told">Whether oneDNN is told the sizes before the check.</param>
    public static void Print(bool told)
    {
        TorchBackend.EnsureLoaded();
        OneDnn.LookAtProcessor();
        if ((OneDnnCaches.Find(record => record[0] > 0) ?? OneDnnCaches.Find()) is not { } noted)
        {
            Console.WriteLine("unknown");
            return;
        }

        foreach (ref var size in OneDnnCaches.Sizes(noted))
        {
            size = Math.Min(size, 1);
        }

        if (told)
        {
            OneDnnCaches.Correct(OneDnnCaches.Find() ?? throw new InvalidOperationException("Sizes of one byte were not taken for impossible."));
        }

        Console.WriteLine(string.Join(' ', OneDnn.Wrong().Select(convolution => FormattableString.Invariant($"{convolution.Type}:{convolution.Inputs}-{convolution.Outputs}"))));
    }
}
