using Cass;
using Cass.Distributed;
using Cass.Tests.DistributedProcess;

// One of several processes that train together, for tests to start by mpirun; without it, a process that trains alone.
// usage: train FOLDER SETTING…
using var group = ProcessGroups.FromEnvironment();
if (args is [_, var results, ..])
{
    File.WriteAllText(Path.Combine(results, $"pid-{group.Rank}"), $"{Environment.ProcessId}");
}

switch (args)
{
    case ["train", var folder, .. var settings]:
        var chosen = new TrainingSettings(settings);
        if (group.Rank > 0 && chosen.Flag("throw"))
        {
            throw new InvalidOperationException("Thrown before the training.");
        }

        if (group.Rank > 0 && chosen.Flag("leave"))
        {
            return 0;
        }

        if (group.Rank > 0 && chosen.Flag("give-up"))
        {
            Console.Error.WriteLine("given up");
            return 7;
        }

        if (chosen.Flag("dispose"))
        {
            group.Dispose();
        }

        try
        {
            Training.Run(group, folder, chosen);
        }
        catch (CassException error) when (chosen.Flag("catch"))
        {
            Console.Error.WriteLine($"caught in {group.Rank}: {error.Message}");
            return 3;
        }
        catch (ObjectDisposedException error) when (chosen.Flag("dispose"))
        {
            Console.Out.Write($"{nameof(ObjectDisposedException)} of {error.ObjectName} in {group.Rank}\n");
            return 0;
        }
        catch (OperationCanceledException) when (Note(chosen.Text("checkpoints", folder)) && chosen.Flag("catch"))
        {
            return 130;
        }

        return 0;
    default:
        throw new InvalidOperationException($"'{string.Join(' ', args)}' is not known.");
}

// Runs where the exception is thrown, before anything is disposed of, and says what is saved by then.
bool Note(string checkpoints)
{
    Console.Out.Write($"cancelled in {group.Rank} with {Directory.GetFiles(checkpoints, "*.safetensors", SearchOption.AllDirectories).Length} checkpoints\n");
    return true;
}
