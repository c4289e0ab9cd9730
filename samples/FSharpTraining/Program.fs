// Pretrains a CNN and a vision transformer on images without labels, fine-tunes both, and predicts.
// usage: dotnet run -c Release --project samples/FSharpTraining [-- FOLDER], a folder with one sub-folder of images for each class
module FSharpTraining.Program

open System
open Cass
open Cass.Data
open Cass.Training
open Phantoms

/// Images that look alike stay on one side of the split.
let private clustered (images: ImageDataset) =
    images.WithGroups(DuplicateClusters.Find(images).Groups)

/// A line for each epoch.
let private progress =
    { new IProgress<TrainingProgress> with
        member _.Report value =
            if value.Batch = value.Batches then printfn $"{value}" }

let private train (images: ImageDataset) size pretraining fineTuning =
    let struct (train, test) = images.SplitByGroup(0.25, seed = 77L, stratify = true)
    printfn $"{train.Count} images to train on, {test.Count} of other patients to test on"

    use trainer =
        CassTrainer.CreateBuilder()
            .UseCnn("resnet18")
            .UseTransformer("vit_tiny_patch16_224")
            .WithImageSize(size)
            .ConfigurePretraining(fun options -> options.Epochs <- pretraining)
            .ConfigureFineTuning(fun options ->
                options.Epochs <- fineTuning
                options.Loss <- FineTuningLoss.CrossEntropy)
            .Build()

    let pretrained = trainer.Pretrain(train.Images, progress)

    for network in [ pretrained.Cnn; pretrained.Transformer ] do
        use classifier = trainer.FineTune(network, train, progress = progress)
        printfn $"{classifier.Evaluate test}"

        for prediction in classifier.Predict(Array.ofSeq (Seq.truncate 3 test.Images)) do
            printfn $"{prediction}"

[<EntryPoint>]
let main args =
    try
        match args with
        | [||] -> train (PhantomPatients.OfOneClass 48) 64 3 8
        | [| "--quick" |] -> train (PhantomPatients.OfOneClass 16) 32 1 1
        | _ -> train (clustered (ImageFolder.Read args[0])) 64 20 15

        0
    with :? CassException as error ->
        eprintfn $"{error.Message}"
        2
