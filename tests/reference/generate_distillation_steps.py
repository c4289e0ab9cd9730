#!/usr/bin/env python3
"""Single steps of distillation by PyTorch in float64: steps_distillation.json beside this file.

usage: generate_distillation_steps.py OUT_FILE          (with what generate_steps.py needs)
"""
import sys

import torch
from torch.nn import functional

import generate_steps as steps

TEMPERATURE, WEIGHT, SMOOTHING = 3.0, 0.3, 0.1
WEIGHTS = torch.tensor(steps.CLASS_WEIGHTS, dtype=torch.float64)


def on_softmax(student, teacher, targets):
    targets = targets * (1 - SMOOTHING) + SMOOTHING / steps.CLASSES
    hard = functional.cross_entropy(student, targets, weight=WEIGHTS, reduction="none")
    logs = (functional.log_softmax(logits / TEMPERATURE, dim=1) for logits in (student, teacher))
    soft = functional.kl_div(*logs, reduction="none", log_target=True).sum(1)
    return hard, soft * TEMPERATURE**2


def on_sigmoids(student, teacher, targets):
    targets = targets * (1 - SMOOTHING) + SMOOTHING / 2
    p = student.sigmoid()
    log_pt = targets * torch.log(p + 1e-12) + (1 - targets) * torch.log(1 - p + 1e-12)
    hard = -((1 - log_pt.exp()) ** 2) * log_pt * WEIGHTS
    soft = functional.binary_cross_entropy((student / TEMPERATURE).sigmoid(), (teacher / TEMPERATURE).sigmoid(), reduction="none")
    return hard, soft * TEMPERATURE**2


LOSSES = {"CrossEntropy": on_softmax, "Focal": on_sigmoids}


def distillation(name, teacher_name, loss_name, step, labelled):
    network, teacher = steps.make(name, steps.CLASSES), steps.make(teacher_name, steps.CLASSES).eval()
    before = steps.copies(network)
    optimizer = steps.optimizer("AdamW", name, network, step)
    targets = torch.eye(steps.CLASSES, dtype=torch.float64)[[(step + j) % steps.CLASSES for j in range(steps.BATCH)]]
    images = steps.images(step)
    with torch.no_grad():
        taught = teacher(images)
    hard, soft = LOSSES[loss_name](network(images), taught, targets)
    loss = torch.stack([WEIGHT * soft[i] + (1 - WEIGHT) * hard[i] if i in labelled else soft[i] for i in range(steps.BATCH)]).mean()
    loss.backward()
    steps.take(optimizer, steps.rate(3e-4, step))
    return {
        "phase": "fine-tuning", "network": name, "teacher": teacher_name, "optimizer": "AdamW", "step": step, "loss_name": loss_name, "smoothing": SMOOTHING, "alpha": 1.0,
        "temperature": TEMPERATURE, "weight": WEIGHT, "labelled": labelled, "loss": float(loss), "changes": steps.changes(name, network, before),
    }


def cases():
    everything, some, nothing = list(range(steps.BATCH)), [0, 2], []
    for loss_name in LOSSES:
        yield distillation("resnet18", "resnet34", loss_name, 0, everything)
        yield distillation("resnet18", "resnet34", loss_name, steps.LATER, nothing)
        yield distillation("vit_tiny_patch16_224", "resnet18", loss_name, steps.LATER, some)


steps.write(sys.argv[1], cases)
