#!/usr/bin/env python3
"""The random weights that timm 0.5.4 draws from a seed: of every tensor its sum, its sum of squares and its first element.

Where timm's trunc_normal_ draws a uniform number of exactly -1, which it turns into a weight of -2 (a hundred standard
deviations), the fixture has the number that follows from the next uniform number instead.

Needs PyTorch and timm 0.5.4 on PYTHONPATH. usage: make_initialization.py > initialization.json
"""
import json, math, timm, torch

NETWORKS = ["resnet18", "resnet26d", "resnext50_32x4d", "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "convnext_tiny", "swin_tiny_patch4_window7_224"]
SEED = 3
NEXT = 0.02 * math.sqrt(2) * torch.erfinv(torch.tensor(-1 + 2.0 ** -24)).item()
out = {}
for name in NETWORKS:
    torch.manual_seed(SEED)
    state = timm.create_model(name, num_classes=10).state_dict()
    state = {key: torch.where(t == -2, torch.tensor(NEXT), t.double()) if t.dim() > 1 and t.is_floating_point() else t.double() for key, t in state.items()}
    out[name] = {key: [t.sum().item(), t.square().sum().item(), t.flatten()[0].item()] for key, t in state.items()}
print(json.dumps({"seed": SEED, "num_classes": 10, "networks": out}))
