using System.Text.Json;
using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>Checkpoints in the forms that training programs save them.</summary>
public sealed class CheckpointFormTests : IDisposable
{
    /// <summary>Pickled objects of other programs (PyTorch/make_foreign_objects.py), by their name and the pickle protocol.</summary>
    private static readonly Lazy<Dictionary<string, byte[]>> Objects = new(() =>
        JsonSerializer.Deserialize<Dictionary<string, byte[]>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Models", "PyTorch", "objects.json")))!);

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, bool> Foreign
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var name in Objects.Value.Keys)
            {
                data.Add(name, false);
                data.Add(name, true);
            }

            return data;
        }
    }

    private string Checkpoint => folder["checkpoint.pth"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Foreign))]
    public void An_object_of_any_class_beside_the_tensors_is_passed_over(string name, bool legacy)
    {
        using var scope = NewDisposeScope();
        var weight = rand(2, 3);
        TorchSaveFile.Write(Checkpoint, Dictionary(("epoch", 3), ("args", Objects.Value[name]), ("state_dict", Dictionary(("weight", weight))), ("list", new object?[] { rand(4), null, true })), legacy);
        using var file = PyTorchFile.Open(Checkpoint);
        Assert.Equal(["state_dict.weight"], file.Names);
        Assert.True(weight.equal(file.Read("state_dict.weight")).all().item<bool>());
    }

    [Fact]
    public void A_long_text_and_long_bytes_are_passed_over()
    {
        using var scope = NewDisposeScope();
        byte[] bytes = [0x80, 3, (byte)'B', .. BitConverter.GetBytes(200_000), .. new byte[200_000], (byte)'.'];
        TorchSaveFile.Write(Checkpoint, Dictionary(("config", new string('x', 70_000)), ("bytes", bytes), ("w", ones(2))));
        using var file = PyTorchFile.Open(Checkpoint);
        Assert.Equal(["w"], file.Names);
    }

    [Theory]
    [InlineData("os\nsystem\n", "'os.system'")]
    [InlineData("posix\nsystem\n", "'posix.system'")]
    [InlineData("nt\nsystem\n", "'nt.system'")]
    [InlineData("subprocess\nPopen\n", "'subprocess.Popen'")]
    [InlineData("builtins\neval\n", "'builtins.eval'")]
    [InlineData("__builtin__\nexecfile\n", "'__builtin__.execfile'")]
    [InlineData("importlib._bootstrap\n_gcd_import\n", "'importlib._bootstrap._gcd_import'")]
    public void A_checkpoint_that_would_run_a_command_is_refused_though_its_tensors_are_good(string global, string named)
    {
        using var scope = NewDisposeScope();
        byte[] attack = [0x80, 2, (byte)'c', .. System.Text.Encoding.ASCII.GetBytes(global), (byte)'X', 2, 0, 0, 0, .. "id"u8, 0x85, (byte)'R', (byte)'.'];
        TorchSaveFile.Write(Checkpoint, Dictionary(("args", attack), ("w", ones(2))));
        var error = Assert.Throws<WeightFileException>(() => PyTorchFile.Open(Checkpoint));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was run", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timm", "state_dict_ema.module.")]
    [InlineData("timm without average", "state_dict.")]
    [InlineData("lightning", "state_dict.model.")]
    [InlineData("lightning, any name", "state_dict.our_encoder.trunk.")]
    [InlineData("lightning, compiled", "state_dict.net._orig_mod.")]
    [InlineData("DataParallel", "state_dict.module.")]
    [InlineData("DINO", "teacher.backbone.")]
    [InlineData("MoCo", "state_dict.module.encoder_q.")]
    [InlineData("MoCo v3", "state_dict.module.base_encoder.")]
    [InlineData("BYOL", "state_dict.online_network.")]
    [InlineData("fastai", "model.0.")]
    [InlineData("lightly, momentum", "state_dict.backbone.")]
    public void Checkpoints_of_training_programs_load(string program, string prefix)
    {
        using var scope = NewDisposeScope();
        using var saved = SlimBackbones.VisionTransformer(2);
        using var other = SlimBackbones.VisionTransformer(2);
        using var loaded = SlimBackbones.VisionTransformer(2);
        var (good, bad) = (saved.state_dict(), other.state_dict());
        TorchSaveFile.Write(Checkpoint, program switch
        {
            "timm" => Dictionary(("epoch", 9), ("arch", "slim_vit"), ("state_dict", bad), ("optimizer", Optimizer()), ("version", 2), ("args", Objects.Value["namespace/2"]), ("state_dict_ema", Below("module.", good)), ("metric", 81)),
            "timm without average" => Dictionary(("epoch", 9), ("state_dict", good), ("optimizer", Optimizer()), ("args", Objects.Value["namespace/4"]), ("amp_scaler", Dictionary())),
            "lightning" => Dictionary(
                ("epoch", 9), ("global_step", 100), ("pytorch-lightning_version", "2.1.0"), ("state_dict", Below("model.", good)), ("loops", Dictionary()),
                ("callbacks", Objects.Value["callbacks_by_class/2"]), ("optimizer_states", new object?[] { Optimizer() }), ("lr_schedulers", Array.Empty<object?>()),
                ("hparams_name", "kwargs"), ("hyper_parameters", Objects.Value["hyper_parameters/2"])),
            "lightning, any name" => Dictionary(("state_dict", Below("our_encoder.trunk.", good)), ("hyper_parameters", Objects.Value["omegaconf/2"])),
            "lightning, compiled" => Dictionary(("state_dict", Below("net._orig_mod.", good))),
            "DataParallel" => Dictionary(("state_dict", Below("module.", good))),
            "DINO" => Dictionary(
                ("student", Below("module.backbone.", bad)), ("teacher", Merge(Below("backbone.", good), Named("head.mlp.0.weight", ones(2, 2)))),
                ("optimizer", Optimizer()), ("epoch", 100), ("args", Objects.Value["namespace/2"]), ("dino_loss", Dictionary(("center", zeros(1, 8))))),
            "MoCo" => Dictionary(("state_dict", Merge(Below("module.encoder_q.", good), Below("module.encoder_k.", bad), Named("module.queue", ones(2, 2))))),
            "MoCo v3" => Dictionary(("state_dict", Merge(Below("module.momentum_encoder.", bad), Below("module.base_encoder.", good), Named("module.predictor.0.weight", ones(2, 2))))),
            "BYOL" => Dictionary(("state_dict", Merge(Below("target_network.", bad), Below("online_network.", good)))),
            "fastai" => Dictionary(("model", Merge(Below("0.", good), Named("1.2.weight", ones(2)))), ("opt", Dictionary())),
            _ => Dictionary(("state_dict", Merge(Below("backbone_momentum.", bad), Below("backbone.", good), Named("projection_head.layers.0.weight", ones(2, 2))))),
        });
        var report = BackboneWeights.Load(loaded, Checkpoint);
        Assert.StartsWith(report.Prefix, prefix, StringComparison.Ordinal);
        Assert.True(report.IsExact, report.ToString());
        Assert.All(loaded.state_dict(), e => Assert.True(e.Value.equal(good[e.Key]).all().item<bool>(), e.Key));
    }

    [Theory]
    [InlineData("backbone.")]
    [InlineData("state_dict.backbone.")]
    [InlineData("")]
    [InlineData("model.0.")]
    public void A_ResNet_whose_children_an_nn_Sequential_named_by_their_index_loads(string prefix)
    {
        using var scope = NewDisposeScope();
        using var saved = SlimBackbones.ResNet([1, 1, 1, 1]);
        using var loaded = SlimBackbones.ResNet([1, 1, 1, 1], classes: 0);
        string[] children = ["conv1", "bn1", "act1", "maxpool", "layer1", "layer2", "layer3", "layer4", "global_pool", "fc"];
        var indexed = saved.state_dict().Where(e => !e.Key.StartsWith("fc.", StringComparison.Ordinal))
            .Select(e => KeyValuePair.Create($"{prefix}{Array.IndexOf(children, e.Key[..e.Key.IndexOf('.', StringComparison.Ordinal)])}{e.Key[e.Key.IndexOf('.', StringComparison.Ordinal)..]}", e.Value));
        SafetensorsFile.Write(folder["w"], indexed.Append(new("projection_head.0.weight", ones(2))));
        var report = BackboneWeights.Load(loaded, folder["w"]);
        Assert.Equal(prefix, report.Prefix);
        Assert.Empty(report.Missing);
        Assert.All(loaded.state_dict(), e => Assert.True(e.Value.equal(saved.state_dict()[e.Key]).all().item<bool>(), e.Key));
    }

    [Fact]
    public void Blocks_that_were_compiled_or_wrapped_one_by_one_load()
    {
        using var scope = NewDisposeScope();
        using var saved = SlimBackbones.VisionTransformer(2);
        using var loaded = SlimBackbones.VisionTransformer(2);
        SafetensorsFile.Write(folder["w"], saved.state_dict().Select(e => KeyValuePair.Create(
            e.Key.Replace("blocks.0.", "blocks.0._orig_mod.", StringComparison.Ordinal).Replace("blocks.1.", "blocks.1._fsdp_wrapped_module._checkpoint_wrapped_module.", StringComparison.Ordinal), e.Value)));
        Assert.True(BackboneWeights.Load(loaded, folder["w"]).IsExact);
    }

    [Fact]
    public void Two_networks_that_fit_alike_are_named_and_the_remedies_work()
    {
        using var scope = NewDisposeScope();
        using var one = SlimBackbones.VisionTransformer(2);
        using var two = SlimBackbones.VisionTransformer(2);
        using var loaded = SlimBackbones.VisionTransformer(2);
        TorchSaveFile.Write(Checkpoint, Dictionary(("state_dict", Merge(Below("left.", one.state_dict()), Below("right.", two.state_dict())))));
        var error = Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(loaded, Checkpoint));
        Assert.Contains("below 'state_dict.left.' and below 'state_dict.right.'", error.Message, StringComparison.Ordinal);
        Assert.Contains("WeightLoadOptions.Prefix", error.Message, StringComparison.Ordinal);
        BackboneWeights.Load(loaded, Checkpoint, new WeightLoadOptions { Prefix = "state_dict.right." });
        Assert.True(two.state_dict()["cls_token"].equal(loaded.state_dict()["cls_token"]).all().item<bool>());
        TorchSaveFile.Write(Checkpoint, Below("left.", one.state_dict()));
        BackboneWeights.Load(loaded, Checkpoint);
        Assert.True(one.state_dict()["cls_token"].equal(loaded.state_dict()["cls_token"]).all().item<bool>());
    }

    [Fact]
    public void A_network_that_was_registered_twice_is_one_network()
    {
        using var scope = NewDisposeScope();
        using var saved = SlimBackbones.VisionTransformer(2);
        using var loaded = SlimBackbones.VisionTransformer(2);
        TorchSaveFile.Write(Checkpoint, Merge(Below("online_encoder.net.", saved.state_dict()), Below("net.", saved.state_dict())));
        Assert.Equal("net.", BackboneWeights.Load(loaded, Checkpoint).Prefix);
    }

    [Fact]
    public void A_prefix_that_no_name_begins_with_is_named_beside_the_names()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.VisionTransformer(2);
        TorchSaveFile.Write(Checkpoint, Dictionary(("state_dict", network.state_dict())));
        var error = Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(network, Checkpoint, new WeightLoadOptions { Prefix = "module." }));
        Assert.Contains("None begins with the Prefix 'module.'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'state_dict.cls_token'", error.Message, StringComparison.Ordinal);
        BackboneWeights.Load(network, Checkpoint, new WeightLoadOptions { Prefix = "state_dict." });
    }

    [Fact]
    public void A_pickled_network_among_other_things_is_named_with_the_remedy()
    {
        TorchSaveFile.Write(Checkpoint, Dictionary(("epoch", 1), ("model", Objects.Value["callback/2"])));
        var error = Assert.Throws<WeightFileException>(() => PyTorchFile.Open(Checkpoint));
        Assert.Contains("under 'model' an object of 'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint'", error.Message, StringComparison.Ordinal);
        Assert.Contains("torch.save(model.state_dict(), path)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_TorchScript_program_is_named_with_the_remedy()
    {
        TorchSaveFile.Write(Checkpoint, Dictionary());
        using (var archive = System.IO.Compression.ZipFile.Open(Checkpoint, System.IO.Compression.ZipArchiveMode.Update))
        {
            archive.CreateEntry("archive/constants.pkl", System.IO.Compression.CompressionLevel.NoCompression).Open().Dispose();
        }

        var error = Assert.Throws<WeightFileException>(() => PyTorchFile.Open(Checkpoint));
        Assert.Contains("torch.jit.load(path).state_dict()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_names_load_or_end_in_a_mismatch()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.ResNet([1, 1, 1, 1]);
        string[] parts = ["module", "state_dict", "_orig_mod", "", "0", "4", "9", "conv1", "bn1", "layer1", "weight", "running_mean", "ema", "features", "..", "a\nb", "\u0000"];
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var names = Enumerable.Range(0, 30).Select(_ => string.Join('.', Enumerable.Range(0, random.Next(1, 9)).Select(_ => parts[random.Next(parts.Length)])));
            var one = ones(1);
            SafetensorsFile.Write(folder["w"], names.Where(name => name.Length > 0).Append("4.0.conv1.weight").Distinct(StringComparer.Ordinal).Select(name => KeyValuePair.Create(name, one)));
            var error = Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(network, folder["w"]));
            Assert.DoesNotContain(error.Message, char.IsControl);
        }
    }

    private static Dictionary<string, object?> Dictionary(params (string Key, object? Value)[] entries) => entries.ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);

    private static Dictionary<string, object?> Optimizer() => Dictionary(("state", Dictionary(("exp_avg", zeros(3)))), ("param_groups", new object?[] { Dictionary(("lr", 1)) }));

    private static Dictionary<string, Tensor> Below(string prefix, Dictionary<string, Tensor> state) => state.ToDictionary(e => prefix + e.Key, e => e.Value, StringComparer.Ordinal);

    private static Dictionary<string, Tensor> Named(string name, Tensor tensor) => new(StringComparer.Ordinal) { [name] = tensor };

    private static Dictionary<string, Tensor> Merge(params Dictionary<string, Tensor>[] states) => states.SelectMany(state => state).ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
}
