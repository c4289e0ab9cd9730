using System.Globalization;
using Cass;
using Cass.Data;
using Cass.OnnxRuntime;

if (args is not [var model, .. { Length: > 0 } paths])
{
    Console.Error.WriteLine("usage: OnnxPredict MODEL.onnx IMAGE...");
    return 2;
}

try
{
    using var classifier = OnnxClassifier.Load(model);
    foreach (var prediction in classifier.Predict([.. paths.Select(path => new ImageFile(path))]))
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{prediction.Image}: {prediction.Label} ({prediction.Probability:P1}); predicted: {string.Join(", ", prediction.Labels)}"));
    }

    return 0;
}
catch (CassException error)
{
    Console.Error.WriteLine($"error: {error.Message}");
    return 2;
}
