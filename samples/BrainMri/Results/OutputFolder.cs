using BrainMri.CommandLine;
using BrainMri.Data;
using Cass;
using Cass.Data;

namespace BrainMri.Results;

/// <summary>The folder that a run writes to.</summary>
internal static class OutputFolder
{
    /// <summary>Refuses a folder for results that is, or lies in, one that images are read from or written to: the next run would read the results' pictures.</summary>
    /// <param name="settings">The settings, of whose images nothing has been read yet.</param>
    /// <exception cref="CassInputException">The output lies there.</exception>
    public static void RequireApart(RunSettings settings)
    {
        var enclosing = new EnclosingFolders(settings.Output);
        foreach (var (folder, option) in ((string? Folder, string Option)[])[(settings.Data, "--data"), (settings.Test, "--test"), (settings.SavePhantoms, "--save-phantoms")])
        {
            // A manifest names its images, and is looked at when it has been read.
            if (folder is not null && !File.Exists(folder) && enclosing.Contains(folder))
            {
                throw Within(settings.Output, folder, option);
            }
        }
    }

    /// <summary>The same of the images that were read: those that links lead to, and those of manifests.</summary>
    /// <param name="path">The folder for results.</param>
    /// <param name="images">The images.</param>
    /// <exception cref="CassInputException">The output lies where images are.</exception>
    public static void RequireApart(string path, ImageSets images)
    {
        if (ImageDataset.FolderAround(images.Known.Images, path) is { } known)
        {
            throw Within(path, known, "--data");
        }

        if (images.HasOwnTest && ImageDataset.FolderAround(images.Test.Images, path) is { } test)
        {
            throw Within(path, test, "--test");
        }
    }

    /// <summary>
    /// Makes sure that the folder can be written, and leaves no trace. What is missing of its path is tried under a name of
    /// its own beside it, never made and removed under its real name: another run may be about to use it.
    /// </summary>
    /// <param name="path">The folder; it need not exist.</param>
    /// <param name="option">The option that named it, for the error.</param>
    /// <exception cref="CassInputException">The folder cannot be written.</exception>
    public static void RequireWritable(string path, string option)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            if (new FileInfo(folder).LinkTarget is { } target && !Directory.Exists(folder) && !File.Exists(Path.GetFullPath(target, Path.GetDirectoryName(folder)!)))
            {
                throw new CassInputException($"{option} '{path}' is a link to '{target}', which does not exist; make that folder, or give another.");
            }

            if (File.Exists(folder))
            {
                throw new CassInputException($"{option} '{path}' is a file; give a folder.");
            }

            var existing = folder;
            while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            {
                existing = parent;
            }

            if (existing.Length == folder.Length)
            {
                TryFile(folder);
            }
            else
            {
                RequireFolderOrNothing(existing, folder);
                TryFolders(existing, Path.GetRelativePath(existing, folder));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or System.Security.SecurityException)
        {
            throw new CassInputException($"{option} '{path}' cannot be written: {error.Message.TrimEnd('.')}. Give another folder.", error);
        }
    }

    /// <summary>Refuses a file, or a link that leads nowhere, in the place of the first folder that is missing.</summary>
    private static void RequireFolderOrNothing(string existing, string folder)
    {
        var first = Path.Combine(existing, Path.GetRelativePath(existing, folder).Split(Path.DirectorySeparatorChar)[0]);
        var entry = new FileInfo(first);
        if (entry.LinkTarget is { } target)
        {
            throw new IOException($"'{first}' is a link to '{target}', where there is no folder");
        }

        if (entry.Exists)
        {
            throw new IOException($"'{first}' is a file");
        }
    }

    private static void TryFolders(string existing, string missing)
    {
        var trial = Path.Combine(existing, TrialName());
        try
        {
            TryFile(Directory.CreateDirectory(Path.Combine(trial, missing)).FullName);
        }
        finally
        {
            if (Directory.Exists(trial))
            {
                Directory.Delete(trial, recursive: true);
            }
        }
    }

    private static void TryFile(string folder)
    {
        using (new FileStream(Path.Combine(folder, TrialName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
        {
            // Creating it was the test.
        }
    }

    private static CassInputException Within(string path, string folder, string option) => new(
        $"--output '{path}' lies in '{folder}', the folder of the images of {option}: a later run would take the pictures of the results for images of a class. Give a folder outside of it.");

    private static string TrialName() => $".{Guid.NewGuid():N}.tmp";
}
