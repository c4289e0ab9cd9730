#!/usr/bin/env python3
"""One network of torchvision in PyTorch, as Cass.Serving.Benchmarks measures the engines of this library: from the start of the process to the first answer, then single images,
then batches of 32, in evaluation mode and inference_mode. Images are decoded already; they are scaled and normalised here, and the answer is probabilities.
usage: peer.py NETWORK SECONDS
"""
import time

BEGAN = time.time()

import json
import resource
import sys

import numpy
import torch
import torchvision

VITS = {"vit_tiny_patch16_224": (192, 3), "vit_small_patch16_224": (384, 6), "vit_base_patch16_224": (768, 12)}
BATCH, CLASSES, WARM = 32, 4, 2


def create(name):
    if name in VITS:
        width, heads = VITS[name]
        return torchvision.models.VisionTransformer(image_size=224, patch_size=16, num_layers=12, num_heads=heads, hidden_dim=width, mlp_dim=4 * width, num_classes=CLASSES)
    return getattr(torchvision.models, name)(num_classes=CLASSES)


def repeat(seconds, action):
    times, began = [], time.perf_counter()
    while time.perf_counter() - began < seconds or len(times) < 5:
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times


def main():
    network, seconds = create(sys.argv[1]).eval(), float(sys.argv[2])
    images = numpy.random.RandomState(1).randint(0, 256, (BATCH, 224, 224, 3), dtype=numpy.uint8)
    mean, deviation = torch.tensor([0.1857, 0.1857, 0.1858]).view(1, 3, 1, 1), torch.full((1, 3, 1, 1), 0.2018)

    @torch.inference_mode()
    def predict(some):
        batch = (torch.from_numpy(some).permute(0, 3, 1, 2) / 255 - mean) / deviation
        return torch.sigmoid(network(batch)).numpy()

    predict(images[:1])
    first = time.time() - BEGAN
    repeat(WARM, lambda: predict(images[:1]))
    single = sorted(1000 * second for second in repeat(seconds, lambda: predict(images[:1])))
    repeat(WARM, lambda: predict(images))
    batches = repeat(seconds, lambda: predict(images))
    print(json.dumps({
        "FirstAnswer": first,
        "Median": single[(len(single) - 1) // 2],
        "Slowest": single[int(0.99 * (len(single) - 1))],
        "Throughput": BATCH * len(batches) / sum(batches),
        "PeakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6}))


if __name__ == "__main__":
    main()
