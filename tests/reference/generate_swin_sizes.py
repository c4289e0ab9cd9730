#!/usr/bin/env python3
"""Swin transformers on images of sizes that fit no windows, by torchvision in float64: swin_sizes_*.safetensors.

usage: generate_swin_sizes.py OUT_FOLDER          (with torchvision 0.14)

weight/NAME           what the network has, by torchvision's names
features/HEIGHTxWIDTH what its norm gives, [batch, tokens, features]
gradient/HEIGHTxWIDTH/NAME of sum(features * wave(features.shape, 31, 17, 8)), for the relative position biases

Images are wave(shape, 7919, 2003, 1024), which is exact in any arithmetic. The sizes leave out maps of which one side alone
fits into a window: torchvision then shifts along the other, timm along neither.
"""
import functools
import json
import os
import struct
import sys

import torch
from torchvision.models.swin_transformer import SwinTransformer

NETWORKS = {
    "window4": (dict(embed_dim=4, depths=[2, 2], num_heads=[1, 2], window_size=[4, 4]), [(36, 36), (20, 28), (12, 12), (40, 36), (4, 4), (64, 64)]),
    "window7": (dict(embed_dim=4, depths=[2, 2, 2], num_heads=[1, 2, 2], window_size=[7, 7]), [(96, 96), (100, 76), (136, 128)]),
}


def wave(shape, factor, period, scale):
    count = functools.reduce(int.__mul__, shape)
    return torch.tensor([(i * factor % period - period // 2) / scale for i in range(count)], dtype=torch.float64).reshape(shape)


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().contiguous()
        raw = values.numpy().astype("<f4" if values.dtype == torch.float32 else "<f8").tobytes()
        kind = "F32" if values.dtype == torch.float32 else "F64"
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main(folder):
    for name, (architecture, sizes) in NETWORKS.items():
        torch.manual_seed(2021)
        network = SwinTransformer(patch_size=[4, 4], num_classes=3, stochastic_depth_prob=0, **architecture)
        tensors = {}
        with torch.no_grad():
            for key, value in network.state_dict().items():
                if key.startswith("head.") or key.endswith("relative_position_index"):
                    continue
                is_scale = value.dim() == 1 and key.endswith("weight")
                value.copy_(torch.randn(value.shape) * 0.3 + is_scale)
                tensors[f"weight/{key}"] = value.clone()
        network.double().train()
        for height, width in sizes:
            network.zero_grad()
            features = network.norm(network.features(wave((2, 3, height, width), 7919, 2003, 1024))).flatten(1, 2)
            (features * wave(features.shape, 31, 17, 8)).sum().backward()
            tensors[f"features/{height}x{width}"] = features
            for key, value in network.named_parameters():
                if key.endswith("relative_position_bias_table"):
                    tensors[f"gradient/{height}x{width}/{key}"] = value.grad.clone()
        write(os.path.join(folder, f"swin_sizes_{name}.safetensors"), tensors)


if __name__ == "__main__":
    main(sys.argv[1])
