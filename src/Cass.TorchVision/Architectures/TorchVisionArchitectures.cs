using static TorchSharp.torchvision;

namespace Cass.TorchVision;

/// <summary>Every network that TorchVision builds.</summary>
internal static class TorchVisionArchitectures
{
    public static IReadOnlyList<TorchVisionArchitecture> All { get; } =
    [
        new AlexNetArchitecture(),
        new VggArchitecture("vgg11", (classes, dropout) => models.vgg11(classes, dropout)),
        new VggArchitecture("vgg11_bn", (classes, dropout) => models.vgg11_bn(classes, dropout)),
        new VggArchitecture("vgg13", (classes, dropout) => models.vgg13(classes, dropout)),
        new VggArchitecture("vgg13_bn", (classes, dropout) => models.vgg13_bn(classes, dropout)),
        new VggArchitecture("vgg16", (classes, dropout) => models.vgg16(classes, dropout)),
        new VggArchitecture("vgg16_bn", (classes, dropout) => models.vgg16_bn(classes, dropout)),
        new VggArchitecture("vgg19", (classes, dropout) => models.vgg19(classes, dropout)),
        new VggArchitecture("vgg19_bn", (classes, dropout) => models.vgg19_bn(classes, dropout)),
        new GoogLeNetArchitecture(),
        new InceptionV3Architecture(),
        new MobileNetV2Architecture(),
        new MobileNetV3Architecture("mobilenet_v3_large", models.mobilenet_v3_large),
        new MobileNetV3Architecture("mobilenet_v3_small", models.mobilenet_v3_small),
        new ResNetArchitecture("resnet18", classes => models.resnet18(classes)),
        new ResNetArchitecture("resnet34", classes => models.resnet34(classes)),
        new ResNetArchitecture("resnet50", classes => models.resnet50(classes)),
        new ResNetArchitecture("resnet101", classes => models.resnet101(classes)),
        new ResNetArchitecture("resnet152", classes => models.resnet152(classes)),
        new ResNetArchitecture("resnext50_32x4d", classes => models.resnext50_32x4d(classes)),

        // models.resnext101_32x8d and resnext101_64x4d of TorchVision 0.107 have the depths of a ResNet-50.
        new ResNetArchitecture("resnext101_32x8d", classes => models.resnet101(classes, groups: 32, width_per_group: 8)),
        new ResNetArchitecture("resnext101_64x4d", classes => models.resnet101(classes, groups: 64, width_per_group: 4)),
        new ResNetArchitecture("wide_resnet50_2", classes => models.wide_resnet50_2(classes)),
        new ResNetArchitecture("wide_resnet101_2", classes => models.wide_resnet101_2(classes)),
    ];
}
