// How long both networks take from the start of the process to a given F1 on held-out images, for this library and for PyTorch (peer.py).
// usage: train FOLDER SHARE [--pretrain EPOCHS] [--epochs N] [--weights FILE] [--precision float32], a line for each epoch, with the split.csv of benchmarks/mlnet
//        table FOLDER, what was measured: seconds to F1 0.65 to 0.95, as Markdown, and F1 over seconds as pictures in the folder
using Cass;
using Cass.ML.Benchmarks;
using Cass.TimeToQuality.Benchmarks;

try
{
    switch (args)
    {
        case ["train", var folder, var share, .. var options]:
            Training.Run(MeasuredImage.Read(folder), int.Parse(share, System.Globalization.CultureInfo.InvariantCulture), options);
            return 0;
        case ["table", var folder]:
            var curves = Curve.ReadAll(folder);
            Console.WriteLine(TimesToQuality.Of(curves));
            CurveFigure.WriteAll(curves, folder);
            return 0;
        default:
            Console.Error.WriteLine("usage: train FOLDER SHARE [--pretrain EPOCHS] [--epochs N] [--weights FILE] [--precision float32] | table FOLDER");
            return 2;
    }
}
catch (CassInputException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 2;
}
