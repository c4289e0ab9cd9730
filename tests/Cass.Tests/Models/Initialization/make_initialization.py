#!/usr/bin/env python3
"""The random weights that timm 0.5.4 draws from a seed: of every tensor its sum, its sum of squares and its first element.

Needs PyTorch and timm 0.5.4 on PYTHONPATH. usage: make_initialization.py > initialization.json
"""
import json, timm, torch

NETWORKS = ["resnet18", "resnet26d", "resnext50_32x4d", "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "convnext_tiny", "swin_tiny_patch4_window7_224"]
SEED = 3
out = {}
for name in NETWORKS:
    torch.manual_seed(SEED)
    state = timm.create_model(name, num_classes=10).state_dict()
    out[name] = {key: [t.double().sum().item(), t.double().square().sum().item(), t.double().flatten()[0].item()] for key, t in state.items()}
print(json.dumps({"seed": SEED, "num_classes": 10, "networks": out}))
