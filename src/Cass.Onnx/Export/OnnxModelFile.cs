using System.Globalization;
using Google.Protobuf;
using Onnx;

namespace Cass.Onnx;

/// <summary>Writes a model, with its weights in it or beside it, so that no half of it ever takes a good file's place.</summary>
internal static class OnnxModelFile
{
    private const string WeightsSuffix = ".data";

    // What readers map into memory begins at a page.
    private const long Alignment = 4096;

    // Small constants stay in the model, where shapes are inferred by them.
    private const int SmallestExternal = 1024;

    public static void Write(string path, ModelProto model, bool externalWeights, Action<string>? check)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        if (check is not null)
        {
            // The whole model in a folder of its own, since weights beside it are found by their name.
            var trial = Directory.CreateTempSubdirectory("cass-onnx-").FullName;
            try
            {
                var file = Path.Combine(trial, Path.GetFileName(path));
                Write(file, model, externalWeights);
                check(file);
            }
            finally
            {
                Directory.Delete(trial, recursive: true);
            }
        }

        Write(path, model, externalWeights);
    }

    private static void Write(string path, ModelProto model, bool externalWeights)
    {
        var weights = path + WeightsSuffix;
        if (!externalWeights)
        {
            AtomicFile.Write(path, stream => model.WriteTo(stream));

            // Those of an earlier model would be no part of this one.
            File.Delete(weights);
            return;
        }

        var copy = model.Clone();
        AtomicFile.Write(weights, stream =>
        {
            foreach (var weight in copy.Graph.Initializer.Where(weight => weight.RawData.Length >= SmallestExternal))
            {
                stream.Write(new byte[(Alignment - (stream.Position % Alignment)) % Alignment]);
                weight.DataLocation = TensorProto.Types.DataLocation.External;
                weight.ExternalData.Add(Entry("location", Path.GetFileName(weights)));
                weight.ExternalData.Add(Entry("offset", stream.Position.ToString(CultureInfo.InvariantCulture)));
                weight.ExternalData.Add(Entry("length", weight.RawData.Length.ToString(CultureInfo.InvariantCulture)));
                weight.RawData.WriteTo(stream);
                weight.RawData = ByteString.Empty;
            }
        });
        AtomicFile.Write(path, stream => copy.WriteTo(stream));
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
}
