using Cass;
using Cass.Data;
using Cass.Quality.Benchmarks;

if (args is not [var folder, .. var rest] || folder.StartsWith('-'))
{
    Console.Error.WriteLine("""
        usage: FOLDER [--methods none,recommended,...] [--seeds 1,2,3] [--epochs 10] [--finetune-epochs 15]
               [--label-fraction 0.1] [--size 64] [--cnn resnet18] [--vit vit_tiny_patch16_224]
               [--precision float32] [--results quality.csv]
        FOLDER has a folder per class; a fifth of it is held out for testing.
        """);
    Console.Error.WriteLine($"methods: {string.Join(", ", PretrainingMethod.All.Select(m => m.Name))}");
    return 2;
}

try
{
    var settings = Settings.Parse(rest);
    var (train, test) = ImageFolder.Read(folder).Split(testFraction: 0.2, seed: 77);
    var results = new ResultsFile(settings.Results);
    foreach (var seed in settings.Seeds)
    {
        foreach (var method in settings.Methods)
        {
            // What is in the file already is not measured again, so that a stopped benchmark goes on.
            if (!results.Has(method.Name, seed))
            {
                results.Add(Experiment.Run(method, seed, settings, train, test));
            }
        }
    }

    Console.WriteLine(results.Table());
    return 0;
}
catch (CassInputException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 2;
}
