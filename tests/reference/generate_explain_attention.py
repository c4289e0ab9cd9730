#!/usr/bin/env python3
"""Attention rollout and relevance of small vision transformers: explain_attention.json.

usage: generate_explain_attention.py OUT_FOLDER          (with torch 1.13)

The transformers are written out here, with two blocks of width 16, two heads and patches of 8x8 on images of 32x32 (or 24x48), filled by
their state-dict names as README.md's fill does, and computed in float64. `rollout` is Abnar and Zuidema 2020, equation 1; `relevance` is
Chefer, Gur and Wolf (ICCV 2021), equations 5 and 6, for the class `class`; each is given for the tokens that the network pools, over the patches. `logits` are those of the image, README.md's with phase 11.
"""
import json
import math
import os
import sys
import zlib

import numpy as np
import torch
import torch.nn.functional as F

WIDTH, HEADS, DEPTH, PATCH, CLASSES = 16, 2, 2, 8, 5


def wave(count, phase, step):
    return np.sin(step * np.arange(count, dtype=np.float64) + phase)


def filled(name, *shape):
    count = math.prod(shape)
    u = wave(count, zlib.crc32(name.encode()) % 65536, 0.61803398875)
    if name.endswith("bias") or name in ("cls_token", "pos_embed", "dist_token"):
        u = 0.02 * u
    elif len(shape) <= 1:
        u = 1 + 0.1 * u
    else:
        u = u * math.sqrt(2.0 / (count // shape[0]))
    return torch.from_numpy(u.astype(np.float32)).double().reshape(shape)


def linear(name, x, outputs):
    return F.linear(x, filled(name + ".weight", outputs, x.shape[-1]), filled(name + ".bias", outputs))


def norm(name, x):
    return F.layer_norm(x, (WIDTH,), filled(name + ".weight", WIDTH), filled(name + ".bias", WIDTH), 1e-6)


def forward(image, distilled, average):
    patches = F.conv2d(image, filled("patch_embed.proj.weight", WIDTH, 3, PATCH, PATCH), filled("patch_embed.proj.bias", WIDTH), stride=PATCH)
    x = patches.flatten(2).transpose(1, 2)[0]
    prefix = [filled("cls_token", 1, 1, WIDTH)[0]] + ([filled("dist_token", 1, 1, WIDTH)[0]] if distilled else [])
    x = torch.cat(prefix + [x])
    x = x + filled("pos_embed", 1, x.shape[0], WIDTH)[0]
    attentions = []
    for i in range(DEPTH):
        block = f"blocks.{i}."
        q, k, v = linear(block + "attn.qkv", norm(block + "norm1", x), 3 * WIDTH).reshape(-1, 3, HEADS, WIDTH // HEADS).permute(1, 2, 0, 3)
        attention = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(WIDTH // HEADS), dim=-1)
        attentions.append(attention)
        mixed = (attention @ v).permute(1, 0, 2).reshape(-1, WIDTH)
        x = x + linear(block + "attn.proj", mixed, WIDTH)
        x = x + linear(block + "mlp.fc2", F.gelu(linear(block + "mlp.fc1", norm(block + "norm2", x), 4 * WIDTH)), WIDTH)
    if average:
        logits = linear("head", norm("fc_norm", x[len(prefix):].mean(0)), CLASSES)
    else:
        x = norm("norm", x)
        logits = linear("head", x[0], CLASSES)
        if distilled:
            logits = (logits + linear("head_dist", x[1], CLASSES)) / 2
    return logits, attentions, len(prefix)


def case(name, height, width, target, distilled=False, average=False):
    count = 3 * height * width
    image = torch.from_numpy(wave(count, 11, 0.7548776662).astype(np.float32)).double().reshape(1, 3, height, width).requires_grad_()
    logits, attentions, prefix = forward(image, distilled, average)
    gradients = torch.autograd.grad(logits[target], attentions)
    tokens = attentions[0].shape[-1]
    rollout = relevance = torch.eye(tokens, dtype=torch.float64)
    for attention, gradient in zip(attentions, gradients):
        rollout = (attention.mean(0) + torch.eye(tokens, dtype=torch.float64)) / 2 @ rollout
        relevance = relevance + (attention * gradient).clamp(min=0).mean(0) @ relevance
    pooled = slice(prefix, None) if average else slice(0, prefix)

    def patches(matrix):
        return matrix[pooled, prefix:].mean(0).detach().tolist()

    return {
        "name": name, "height": height, "width": width, "class": target, "average": average,
        "logits": logits.detach().tolist(), "rollout": patches(rollout), "relevance": patches(relevance),
    }


if __name__ == "__main__":
    cases = [
        case("tiny_vit", 32, 32, 1),
        case("tiny_vit", 24, 48, 3),
        case("tiny_vit", 32, 32, 4, average=True),
        case("tiny_deit_distilled", 32, 32, 2, distilled=True),
    ]
    with open(os.path.join(sys.argv[1], "explain_attention.json"), "w", encoding="utf-8") as file:
        json.dump(cases, file, indent=1)
        file.write("\n")
