#!/usr/bin/env python3
"""torchvision's own networks and automatic augmentations: torchvision.json and torchvision_augmentations.safetensors.

usage: generate_torchvision.py OUT_FOLDER [networks] [augmentations]          (with torchvision 0.14)

Networks have five classes, no dropout and no auxiliary classifiers, and are filled by their state-dict names as README.md's fill
does, then computed in float64. The biases of the first layer of each squeeze and excitation are raised by 8, so that a ReLU that
is cut at 6 would show. Each network's entry has its parameters (of 1000 classes), the SHA-256 of its state dict's names and shapes,
what it gives for two images in evaluation mode, and in training mode the loss mean(logits^2), the norm of every parameter's
gradient, and the sums of the running statistics after the pass.

Augmentations are of uint8 images: `apply/OP/MAGNITUDE/INTERPOLATION` is what torchvision's _apply_op makes of `image`, `plain/...`
of an image with a constant channel, and `augmix` what AugMix makes of the draws in the metadata. The metadata `space` has each
policy's operations with their magnitudes, `policies` AutoAugment's.
"""
import hashlib
import json
import math
import os
import struct
import sys
import zlib
from unittest import mock

import numpy as np
import torch
from torch import nn
from torchvision import models
from torchvision.models import get_model_weights
from torchvision.transforms import autoaugment
from torchvision.transforms.functional import InterpolationMode

NAMES = """alexnet googlenet inception_v3 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small resnet18 resnet34 resnet50 resnet101 resnet152
resnext50_32x4d resnext101_32x8d resnext101_64x4d wide_resnet50_2 wide_resnet101_2 vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19
vgg19_bn""".split()
SIZES = {"inception_v3": (112, 128), "alexnet": (95, 111)}
TYPES = {torch.float64: "F64", torch.uint8: "U8"}


def wave(count, phase, step=0.61803398875):
    return np.sin(step * np.arange(count, dtype=np.float64) + phase)


def fill(module):
    for name, tensor in module.state_dict().items():
        u = wave(tensor.numel(), zlib.crc32(name.encode()) % 65536)
        if name.endswith("num_batches_tracked"):
            u = 0 * u
        elif name.endswith("running_var"):
            u = 1 + 0.25 * u
        elif name.endswith("running_mean"):
            u = 0.05 * u
        elif name.endswith("bias"):
            u = 0.02 * u
        elif tensor.dim() <= 1:
            u = 1 + 0.1 * u
        else:
            u = u * math.sqrt(2.0 / (tensor.numel() // tensor.shape[0]))
        value = torch.from_numpy(u.astype(np.float32)).reshape(tensor.shape)
        tensor.copy_(value + 8 if name.endswith(".fc1.bias") else value)
    return module


def make(name, classes):
    if name in ("googlenet", "inception_v3"):
        return getattr(models, name)(weights=None, num_classes=classes, aux_logits=False, init_weights=False, dropout=0)
    if "resne" in name:
        return getattr(models, name)(weights=None, num_classes=classes)
    return getattr(models, name)(weights=None, num_classes=classes, dropout=0)


def digits(values):
    return [float(f"{v:.11g}") for v in values]


def network(name):
    whole = make(name, 1000)
    described = "\n".join(f"{key} [{', '.join(map(str, value.shape))}]" for key, value in whole.state_dict().items())
    weights = list(get_model_weights(name))[0]
    entry = {
        "name": name,
        "parameters": sum(p.numel() for p in whole.parameters()),
        "published": weights.meta["num_params"],
        "minimum_size": weights.meta["min_size"][0],
        "crop_size": weights.transforms().crop_size[0],
        "resize_size": weights.transforms().resize_size[0],
        "tensors": len(whole.state_dict()),
        "sha256": hashlib.sha256(described.encode()).hexdigest(),
    }
    del whole
    height, width = SIZES.get(name, (64, 80))
    with torch.no_grad():
        model = fill(make(name, 5)).double().eval()
    last = model.fc if hasattr(model, "fc") else model.classifier[-1]
    seen = []
    last.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0].detach()))
    images = torch.from_numpy(wave(2 * 3 * height * width, 11.0, 0.7548776662).astype(np.float32)).reshape(2, 3, height, width).double()
    with torch.no_grad():
        logits = model(images)
    model.train()
    loss = model(images).square().mean()
    loss.backward()
    running = [(key, value) for key, value in model.state_dict().items() if "running" in key]
    entry.update({
        "height": height,
        "width": width,
        "features": seen[0].shape[1],
        "logits": digits(logits.flatten().tolist()),
        "pooled": digits(seen[0][:, ::97].flatten().tolist()),
        "loss": digits([loss.item()])[0],
        "gradient_norms": digits(p.grad.norm().item() for p in model.parameters()),
        "running_sums": digits(value.sum().item() for _, value in running),
    })
    print(name, entry["parameters"], loss.item())
    return entry


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def picture(height, width):
    """Smooth in parts, with edges and the full range in one channel."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 127.5 + 127.5 * np.sin(x / 5 + y / 7)
    green = 90 + 60 * np.cos(x / 9) * np.sin(y / 4) + 40 * (x > y)
    blue = 30 + 2.5 * y + 20 * ((x // 6 + y // 6) % 2)
    return torch.from_numpy(np.stack([red, green, blue]).round().clip(0, 255).astype(np.uint8))


OPERATIONS = {
    "Identity": [0.0], "ShearX": [0.3, -0.3, 0.99], "ShearY": [0.17, -0.99], "TranslateX": [13.59, -20.0, 3.0], "TranslateY": [9.06, -12.0],
    "Rotate": [30.0, -17.0, 135.0], "Brightness": [0.9, -0.54, -0.99], "Color": [0.9, -0.63, -0.99], "Contrast": [0.81, -0.72, -0.99],
    "Sharpness": [0.9, -0.9, 0.99], "Posterize": [8, 5, 4, 2], "Solarize": [255.0, 113.33, 0.0], "AutoContrast": [0.0], "Equalize": [0.0],
    "Invert": [0.0],
}
OF_CHANNELS = ("Color", "Contrast", "AutoContrast", "Equalize")
GEOMETRIC = ("ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate")


def augmentations(folder):
    image, plain = picture(37, 45), picture(37, 45)
    plain[1] = 77
    tensors = {"image": image, "plain": plain}
    for name, source in (("apply", image), ("plain", plain)):
        for operation, magnitudes in OPERATIONS.items():
            for magnitude in magnitudes if source is image or operation in OF_CHANNELS else ():
                for mode in (InterpolationMode.NEAREST, InterpolationMode.BILINEAR) if operation in GEOMETRIC else (InterpolationMode.NEAREST,):
                    tensors[f"{name}/{operation}/{magnitude}/{mode.value}"] = autoaugment._apply_op(source, operation, magnitude, mode, None)

    # Draws of AugMix in its order: the weights, then of each chain its depth, and of each operation index, magnitude and, where signed, sign.
    weights = [torch.tensor([[0.35, 0.65]]), torch.tensor([[0.5, 0.2, 0.3]])]
    integers = [2, 4, 2, 1, 8, 1, 0, 1, 0, 3, 10, 2, 0, 5, 1, 7]
    drawn, names = iter(integers), list(autoaugment.AugMix()._augmentation_space(10, (37, 45)))
    with mock.patch.object(autoaugment.AugMix, "_sample_dirichlet", lambda self, params, weights=iter(weights): next(weights)), \
            mock.patch.object(torch, "randint", lambda *args, **kwargs: torch.tensor([next(drawn)])):
        tensors["augmix"] = autoaugment.AugMix()(image)
    assert next(drawn, None) is None

    space = {}
    for policy, bins, values in (
        ("RandAugment", 31, autoaugment.RandAugment()._augmentation_space(31, (37, 45))),
        ("TrivialAugmentWide", 31, autoaugment.TrivialAugmentWide()._augmentation_space(31)),
        ("AutoAugment", 10, autoaugment.AutoAugment()._augmentation_space(10, (37, 45))),
        ("AugMix", 10, autoaugment.AugMix()._augmentation_space(10, (37, 45))),
    ):
        space[policy] = [{"operation": key, "magnitudes": [float(m) for m in magnitudes.flatten()], "signed": signed} for key, (magnitudes, signed) in values.items()]
    policies = {policy.value: autoaugment.AutoAugment()._get_policies(policy) for policy in autoaugment.AutoAugmentPolicy}
    metadata = {"space": json.dumps(space), "policies": json.dumps(policies), "augmix_operations": json.dumps(names)}
    write(os.path.join(folder, "torchvision_augmentations.safetensors"), tensors, metadata)


def main(folder, what):
    if "networks" in what:
        entries = [network(name) for name in NAMES]
        with open(os.path.join(folder, "torchvision.json"), "w") as file:
            file.write("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n")
    if "augmentations" in what:
        augmentations(folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or ["networks", "augmentations"])
