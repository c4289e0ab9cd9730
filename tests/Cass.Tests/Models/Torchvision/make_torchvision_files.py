"""Writes small networks of torchvision with random weights, an input and their output, as torch.save writes them."""
import pathlib

import torch
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer

FOLDER = pathlib.Path(__file__).parent

NETWORKS = {
    "vit": VisionTransformer(image_size=48, patch_size=16, num_layers=2, num_heads=2, hidden_dim=32, mlp_dim=128, num_classes=5),
    "convnext": ConvNeXt(
        [CNBlockConfig(8, 16, 1), CNBlockConfig(16, 24, 2), CNBlockConfig(24, 32, 1), CNBlockConfig(32, None, 1)],
        num_classes=5),
    "swin": SwinTransformer(
        patch_size=[4, 4], embed_dim=8, depths=[2, 2, 1, 1], num_heads=[1, 2, 2, 4], window_size=[2, 2], num_classes=5),
}
SIZES = {"vit": 48, "convnext": 64, "swin": 64}


def main():
    torch.manual_seed(0)
    for name, network in NETWORKS.items():
        with torch.no_grad():
            for tensor in network.parameters():
                tensor.normal_(std=0.2)
            network.eval()
            images = torch.randn(2, 3, SIZES[name], SIZES[name])
            output = network(images)
        torch.save(network.state_dict(), FOLDER / f"{name}.pth")
        torch.save({"images": images, "output": output}, FOLDER / f"{name}_output.pth")
        print(name, output.std())


main()
