// How long both networks take from the start of the process to a given F1 on held-out images, for this library and for PyTorch (peer.py).
// usage: split IMAGES FOLDER, a folder of images by class to FOLDER/split.csv, by clusters of near-duplicates, a fifth held out
//        train FOLDER SHARE [--pretrain EPOCHS] [--epochs N] [--weights FILE] [--precision bfloat16], a line for each epoch
//        table FOLDER, what was measured: seconds to F1 0.75 to 0.95, as Markdown, and the curves as a figure
using Cass;
using Cass.TimeToQuality.Benchmarks;

try
{
    switch (args)
    {
        case ["split", var images, var folder]:
            SplitFile.Write(images, folder);
            return 0;
        case ["train", var folder, var share, .. var options]:
            Training.Run(SplitFile.Read(folder), int.Parse(share, System.Globalization.CultureInfo.InvariantCulture), options);
            return 0;
        case ["table", var folder]:
            Console.WriteLine(TimesToQuality.Of(Curve.ReadAll(folder)));
            return 0;
        default:
            Console.Error.WriteLine("usage: split IMAGES FOLDER | train FOLDER SHARE [--pretrain EPOCHS] [--epochs N] [--weights FILE] [--precision bfloat16] | table FOLDER");
            return 2;
    }
}
catch (CassInputException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 2;
}
