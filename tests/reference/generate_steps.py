#!/usr/bin/env python3
"""Single training steps by PyTorch and torchvision in float64: steps.json beside this file.

usage: generate_steps.py OUT_FILE          (Debian's python3-torch 1.13 and python3-torchvision 0.14 will do)

A step begins at a given state: weights, what the optimiser remembers and gradients that were kept are noise, the same in
any language. What it changes is written as two numbers for each tensor: the norm of the change and its product with
noise. One step is no longer than rounding can tell, whatever the network, where a trajectory soon is.
"""
import json
import math
import sys

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet18, resnet34

BATCH, SIZE, CLASSES, LATER = 4, 64, 4, 5
CLASS_WEIGHTS = [0.2, 0.5970802919708029, 1.0, 0.25255474452554744]
NO_DECAY = {"cls_token", "pos_embed"}


def noise(key, shape):
    """Uniform over [-1, 1): SplitMix64, seeded by the FNV-1a hash of the key."""
    seed = 0xCBF29CE484222325
    for byte in key.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    count = int(np.prod(shape, dtype=np.int64))
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return torch.from_numpy((z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1).reshape(shape)


def weight(network, name, shape):
    u = noise(f"weight/{network}/{name}", shape)
    if name.endswith("running_var"):
        return 1 + 0.5 * u
    if name.endswith((".bias", "running_mean")):
        return 0.1 * u
    if len(shape) == 1:
        return 1 + 0.1 * u
    if name in NO_DECAY:
        return 0.5 * u
    return u * math.sqrt(3 / (u.numel() // shape[0]))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-2, -1) / math.sqrt(c // self.heads)).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(b, n, c))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, 16, 16)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class VisionTransformer(nn.Module):
    """ViT with patches of 16 pixels (Dosovitskiy et al. 2021), under timm's names."""

    def __init__(self, width, heads, num_classes):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (SIZE // 16) ** 2, width))
        self.patch_embed = PatchEmbed(width)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(12)])
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, num_classes)

    def forward(self, x):
        x = self.patch_embed(x)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


NETWORKS = {
    "resnet18": lambda classes: resnet18(num_classes=classes),
    "resnet34": lambda classes: resnet34(num_classes=classes),
    "vit_tiny_patch16_224": lambda classes: VisionTransformer(192, 3, classes),
    "vit_small_patch16_224": lambda classes: VisionTransformer(384, 6, classes),
}


def tensors(network):
    """Weights and running statistics by name."""
    return {n: t for n, t in [*network.named_parameters(), *network.named_buffers()] if t.is_floating_point()}


def make(name, classes):
    network = NETWORKS[name](classes).double().train()
    with torch.no_grad():
        for key, tensor in tensors(network).items():
            tensor.copy_(weight(name, key, tuple(tensor.shape)))
    return network


def optimizer(kind, name, network, step):
    decaying = [p for n, p in network.named_parameters() if p.dim() > 1 and n not in NO_DECAY]
    others = [p for n, p in network.named_parameters() if not (p.dim() > 1 and n not in NO_DECAY)]
    settings = {
        "Adam": (torch.optim.Adam, 0.0, {}),
        "AdamW": (torch.optim.AdamW, 0.05, {}),
        "Sgd": (torch.optim.SGD, 1e-4, {"momentum": 0.9}),
    }
    rule, decay, more = settings[kind]
    result = rule([{"params": decaying, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}], lr=1.0, **more)
    if step > 0:
        for key, p in network.named_parameters():
            m = noise(f"moment/{name}/{key}", tuple(p.shape))
            v = noise(f"square/{name}/{key}", tuple(p.shape))
            if kind == "Sgd":
                result.state[p]["momentum_buffer"] = 1e-2 * m
            else:
                result.state[p] = {"step": torch.tensor(float(step)), "exp_avg": 1e-3 * m, "exp_avg_sq": 1e-6 * (1 + 0.5 * v)}
    return result


def rate(highest, step):
    """The published cosine in PyTorch's chained form."""
    dummy = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=highest)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(dummy, T_max=16, eta_min=1e-6)
    for _ in range(step):
        dummy.step()
        schedule.step()
    return dummy.param_groups[0]["lr"]


def take(optimizer, learning_rate):
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.step()


def images(step):
    return noise(f"images/{step}", (BATCH, 3, SIZE, SIZE)) * DISTURBANCE


def changes(name, network, before):
    result = []
    for key, tensor in tensors(network).items():
        change = tensor.detach() - before[key]
        result.append([float(change.norm()), float((change * noise(f"sketch/{name}/{key}", tuple(change.shape))).sum())])
    return result


def copies(network):
    return {key: tensor.detach().clone() for key, tensor in tensors(network).items()}


def pretraining(cnn, transformer, step, clear):
    names = {"cnn": cnn, "transformer": transformer}
    networks = {part: make(name, 1000) for part, name in names.items()}
    before = {part: copies(network) for part, network in networks.items()}
    optimizers = [optimizer("Adam", names[part], network, step) for part, network in networks.items()]
    if not clear and step > 0:
        for part, network in networks.items():
            for key, p in network.named_parameters():
                p.grad = 1e-2 * noise(f"gradient/{names[part]}/{key}", tuple(p.shape))
    x, y = (nn.functional.normalize(networks[part](images(step)), dim=-1) for part in ("transformer", "cnn"))
    loss = (2 - 2 * (x * y).sum(-1)).mean()
    loss.backward()
    for one in optimizers:
        take(one, rate(1e-3, step))
    return {
        "phase": "pretraining", "cnn": cnn, "transformer": transformer, "step": step, "clear_gradients": clear, "loss": float(loss),
        "changes": {part: changes(names[part], network, before[part]) for part, network in networks.items()},
    }


def fine_tuning(name, kind, step):
    network = make(name, CLASSES)
    before = copies(network)
    one = optimizer(kind, name, network, step)
    target = torch.eye(CLASSES, dtype=torch.float64)[[(step + j) % CLASSES for j in range(BATCH)]]
    p = network(images(step)).sigmoid()
    log_pt = target * torch.log(p + 1e-12) + (1 - target) * torch.log(1 - p + 1e-12)
    loss = (-((1 - log_pt.exp()) ** 2) * log_pt * torch.tensor(CLASS_WEIGHTS, dtype=torch.float64)).mean()
    loss.backward()
    take(one, rate(1e-2 if kind == "Sgd" else 3e-4, step))
    return {"phase": "fine-tuning", "network": name, "optimizer": kind, "step": step, "loss": float(loss), "changes": changes(name, network, before)}


def cases():
    for cnn, transformer in (("resnet18", "vit_tiny_patch16_224"), ("resnet34", "vit_small_patch16_224")):
        for step, clear in ((0, True), (LATER, True), (LATER, False)):
            yield pretraining(cnn, transformer, step, clear)
    for name in NETWORKS:
        for kind in ("Adam", "AdamW", "Sgd"):
            for step in (0, LATER):
                yield fine_tuning(name, kind, step)


def pairs(case):
    return sum(case["changes"].values(), []) if isinstance(case["changes"], dict) else case["changes"]


def write(path, cases):
    # Images that differ by rounding show how far a change is determined at all.
    global DISTURBANCE
    DISTURBANCE = 1 + 1e-13
    disturbed = list(cases())
    DISTURBANCE = 1
    result = list(cases())
    for a, b in zip(result, disturbed):
        spread = max(abs(p - q) / max(x[0], 1e-300) for x, y in zip(pairs(a), pairs(b)) for p, q in zip(x, y))
        print({k: v for k, v in a.items() if k != "changes"}, f"rounding {spread:.1e}")
    names = {name: list(tensors(make(name, CLASSES))) for name in NETWORKS}
    with open(path, "w") as f:
        json.dump({"batch": BATCH, "size": SIZE, "names": names, "cases": result}, f, separators=(",", ":"))


if __name__ == "__main__":
    write(sys.argv[1], cases)
