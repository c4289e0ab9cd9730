// A CNN and a vision transformer learn from one another by the loss of CASS, in a loop of this program's own: no trainer, no loader.
// usage: dotnet run -c Release --project samples/HandWrittenLoop
using Cass;
using Cass.Losses;
using Cass.Models;
using Cass.Tensors;
using HandWrittenLoop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

// Loads libtorch, or says why it cannot be loaded.
TorchBackend.EnsureLoaded();
random.manual_seed(77);
const int Width = 64;
var (steps, batchSize) = args is ["--quick"] ? (4, 8) : (200, 64);

// A small network of each kind; BackboneRegistry.Default.Create makes timm's by name. The classifier of each gives what is compared: 64 numbers for each image.
var options = new BackboneOptions { NumClasses = Width };
var configuration = new BackboneConfiguration(Drawings.Side, Drawings.Side, 3, [0, 0, 0], [1, 1, 1], 1, "bicubic", string.Empty, []);
using var cnn = new ResNet("small_resnet", new([1, 1, 1, 1], Bottleneck: false) { Channels = [16, 32, 64, 128] }, configuration, options);
using var transformer = new VisionTransformer("small_vit", new(PatchSize: 8, Width: 96, Depth: 4, Heads: 3), configuration, options);

// The loss of CASS alone is smallest where both networks say the same of every image. Hence each number is standardised over the batch, and no two may tell the same.
using var normOfCnn = nn.BatchNorm1d(Width, affine: false);
using var normOfTransformer = nn.BatchNorm1d(Width, affine: false);
using var similarity = new NormalizedL2SimilarityLoss();
using var covariance = new CovarianceLoss();

using var optimizer = new FusedAdam([.. Groups("cnn", cnn), .. Groups("transformer", transformer)], new AdamSettings(LearningRate: 3e-3, DecoupledWeightDecay: true));
using var unseen = Drawings.Images(256);
Console.WriteLine($"Of {unseen.size(0)} unseen images, {Found():P0} are found by one network among all that the other has seen");

var aliveAfterFirst = 0L;
for (var step = 1; step <= steps; step++)
{
    var (loss, redundancy) = Train();
    if (step == 1 || step % 40 == 0)
    {
        Console.WriteLine($"step {step,3}: similarity loss {loss:0.000}, covariance term {redundancy:0.0}");
    }

    aliveAfterFirst = step == 1 ? Tensor.TotalCount : aliveAfterFirst;
}

Console.WriteLine($"Tensors alive after the first step: {aliveAfterFirst}, after the last: {Tensor.TotalCount}");
Console.WriteLine($"Of {unseen.size(0)} unseen images, {Found():P0} are found by one network among all that the other has seen");
return 0;

// One step. All of its tensors are released at its end.
(double Loss, double Redundancy) Train()
{
    using var scope = NewDisposeScope();
    var images = Drawings.Images(batchSize);
    optimizer.ZeroGrad();
    var ofCnn = Embed(cnn, normOfCnn, images);
    var ofTransformer = Embed(transformer, normOfTransformer, images);
    var loss = similarity.forward(ofTransformer, ofCnn);
    var redundancy = covariance.forward(ofCnn).Plus(covariance.forward(ofTransformer));
    loss.Plus(redundancy.Times(0.02)).backward();
    optimizer.ClipGradients(maxNorm: 5);
    optimizer.Step();
    return (loss.ReadDouble(), redundancy.ReadDouble());
}

// What a network says of a view of each image, which is another one each time.
static Tensor Embed(Backbone network, BatchNorm1d norm, Tensor images)
{
    using var scope = NewDisposeScope();
    return BatchNormForward.Run(norm, network.forward(Drawings.View(images))).MoveToOuterDisposeScope();
}

// How often the CNN's embedding of an image is, of those of all images, the nearest to the transformer's.
double Found()
{
    using var scope = NewDisposeScope();
    using var guard = no_grad();
    SetTraining(false);
    var ofTransformer = nn.functional.normalize(Embed(transformer, normOfTransformer, unseen));
    var ofCnn = nn.functional.normalize(Embed(cnn, normOfCnn, unseen));
    SetTraining(true);
    return ofTransformer.mm(ofCnn.t()).argmax(1).eq(arange(unseen.size(0))).to(ScalarType.Float64).mean().ReadDouble();
}

void SetTraining(bool training)
{
    foreach (var module in (nn.Module[])[cnn, transformer, normOfCnn, normOfTransformer])
    {
        module.train(training);
    }
}

// Weights decay, but not biases, norms, position embeddings and the class token.
static IEnumerable<ParameterGroup> Groups(string name, Backbone network) => ParameterGroup.WithoutDecayForVectors(
    network.named_parameters().Select(p => KeyValuePair.Create($"{name}.{p.name}", p.parameter)),
    weightDecay: 0.05,
    exempt: network.NoWeightDecay.Select(p => $"{name}.{p}").ToHashSet(StringComparer.Ordinal));
