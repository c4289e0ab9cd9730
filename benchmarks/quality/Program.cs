using Cass;
using Cass.Quality.Benchmarks;
using Cass.Training;

if (args is not [var folder, .. var rest] || folder.StartsWith('-'))
{
    Console.Error.WriteLine(Settings.Usage);
    Console.Error.WriteLine($"methods: {string.Join(", ", PretrainingMethod.All.Select(m => m.Name))}");
    return 2;
}

try
{
    TorchBackend.EnsureLoaded();
    var settings = Settings.Parse(rest);
    var results = new ResultsFile(settings.Output);
    var parts = ImageParts.Read(folder);
    Console.Error.WriteLine(parts);
    foreach (var seed in settings.Seeds)
    {
        foreach (var method in settings.Methods)
        {
            new Experiment(settings, parts, method, seed).Run(results);
        }
    }

    Console.WriteLine(SummaryTable.Of(results.Rows));
    if (settings.SeedsTogether)
    {
        Console.WriteLine(SeedEnsemble.Of(settings, parts));
    }

    return 0;
}
catch (Exception exception) when (exception is CassInputException or TrainingFailedException)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 2;
}
