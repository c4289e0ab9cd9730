#!/usr/bin/env python3
"""Single steps of fine-tuning on a softmax by PyTorch in float64: steps_softmax.json beside this file.

usage: generate_softmax_steps.py OUT_FILE          (with what generate_steps.py needs)
"""
import sys

import torch
from torch.nn import functional

import generate_steps as steps

SMOOTHING, GAMMA, ALPHA = 0.1, 2, 1.5


def cross_entropy(logits, targets, weights):
    return functional.cross_entropy(logits, targets, weight=weights)


def focal(logits, targets, weights):
    p = logits.softmax(1)
    return -(ALPHA * weights * targets * (1 - p) ** GAMMA * torch.log(p)).sum(1).mean()


LOSSES = {"CrossEntropy": cross_entropy, "SoftmaxFocal": focal}


def fine_tuning(name, loss_name, step):
    network = steps.make(name, steps.CLASSES)
    before = steps.copies(network)
    optimizer = steps.optimizer("AdamW", name, network, step)
    targets = torch.eye(steps.CLASSES, dtype=torch.float64)[[(step + j) % steps.CLASSES for j in range(steps.BATCH)]]
    smoothed = targets * (1 - SMOOTHING) + SMOOTHING / steps.CLASSES
    loss = LOSSES[loss_name](network(steps.images(step)), smoothed, torch.tensor(steps.CLASS_WEIGHTS, dtype=torch.float64))
    loss.backward()
    steps.take(optimizer, steps.rate(3e-4, step))
    return {
        "phase": "fine-tuning", "network": name, "optimizer": "AdamW", "step": step, "loss_name": loss_name, "smoothing": SMOOTHING, "alpha": ALPHA,
        "loss": float(loss), "changes": steps.changes(name, network, before),
    }


def cases():
    for name in ("resnet18", "vit_tiny_patch16_224"):
        for loss_name in LOSSES:
            for step in (0, steps.LATER):
                yield fine_tuning(name, loss_name, step)


steps.write(sys.argv[1], cases)
