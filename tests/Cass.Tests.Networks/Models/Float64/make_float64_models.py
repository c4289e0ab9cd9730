#!/usr/bin/env python3
"""Gradients of timm 0.5.4's networks in float64, where they do not depend on rounding.

Needs PyTorch and timm 0.5.4 on PYTHONPATH, and the generate.py that made tests/reference (its fill, its images) in
the folder given. Writes one safetensors file per network: logits and pooled features in evaluation mode, then in
training mode (stochastic depth off) the loss mean(logits^2), every parameter's gradient norm and the sum of every
buffer after the pass. All in float64, from the float32-rounded fill.

usage: make_float64_models.py FOLDER_OF_GENERATE_PY OUT_DIR [INDEX ...]
"""
import importlib.util, json, sys

source, out, only = sys.argv[1], sys.argv[2], {int(i) for i in sys.argv[3:]}
sys.argv = ["generate.py", out, "nothing"]
spec = importlib.util.spec_from_file_location("generate", f"{source}/generate.py")
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

import timm, torch

NETWORKS = [
    ("resnet18", {}, 64, 64), ("resnet34", {"num_classes": 3}, 64, 96), ("resnet50", {}, 64, 64), ("resnet50", {"num_classes": 4, "in_chans": 1}, 96, 96),
    ("resnet26", {"global_pool": "catavgmax", "num_classes": 5}, 64, 64), ("resnet18d", {"global_pool": "avgmax", "num_classes": 5}, 63, 95),
    ("resnet50d", {"num_classes": 0, "global_pool": "max"}, 64, 64), ("wide_resnet50_2", {"num_classes": 7}, 64, 64),
    ("resnext50_32x4d", {"num_classes": 7}, 64, 64), ("resnext50d_32x4d", {"num_classes": 7}, 64, 64),
    ("vit_tiny_patch16_224", {"img_size": (64, 96), "num_classes": 4}, 64, 96), ("vit_small_patch32_224", {"img_size": 64, "in_chans": 1}, 64, 64),
    ("deit_tiny_patch16_224", {"img_size": 48}, 48, 48), ("deit_tiny_distilled_patch16_224", {"img_size": (48, 64), "num_classes": 9}, 48, 64),
    ("deit_small_distilled_patch16_224", {"num_classes": 0, "img_size": 48}, 48, 48),
    ("convnext_tiny", {"num_classes": 6}, 64, 96), ("convnext_tiny_hnf", {"num_classes": 6, "in_chans": 4}, 64, 64), ("convnext_base", {"num_classes": 0}, 64, 64),
    ("swin_tiny_patch4_window7_224", {"num_classes": 6}, 224, 224), ("swin_tiny_patch4_window7_224", {"num_classes": 6, "img_size": (224, 448)}, 224, 448),
    ("swin_small_patch4_window7_224", {"in_chans": 1, "num_classes": 0}, 224, 224),
]

for index, (name, kwargs, height, width) in enumerate(NETWORKS):
    if only and index not in only:
        continue
    torch.manual_seed(index)
    model = reference.fill(timm.create_model(name, **kwargs)).double().eval()
    images = reference.image_batch(2, kwargs.get("in_chans", 3), height, width).double()
    with torch.no_grad():
        logits, features = model(images), model.forward_features(images)
    if isinstance(features, tuple):
        features = torch.stack(features, 1)
        logits = (logits[0] + logits[1]) / 2 if isinstance(logits, tuple) else logits
    elif features.dim() == 4:
        features = features.mean((2, 3))
    for module in model.modules():
        if type(module).__name__ == "DropPath":
            module.drop_prob = 0.0
    model.train()
    model.zero_grad()
    trained = model(images)
    trained = (trained[0] + trained[1]) / 2 if isinstance(trained, tuple) else trained
    loss = trained.square().mean()
    loss.backward()
    parameters = dict(model.named_parameters())
    tensors = {
        "logits": logits, "features": features, "train_loss": loss.reshape(1),
        "grad_norms": torch.stack([torch.zeros((), dtype=torch.float64) if p.grad is None else p.grad.norm() for p in parameters.values()]),
        "buffer_sums": torch.stack([b.double().sum() for b in model.buffers()] or [torch.zeros((), dtype=torch.float64)]),
    }
    reference.save(
        f"float64_{index:02d}_{name}", tensors, model=name, kwargs=json.dumps(kwargs), height=height, width=width,
        parameters=sum(p.numel() for p in parameters.values()), parameter_names=json.dumps(list(parameters)),
        buffer_names=json.dumps([n for n, _ in model.named_buffers()]), state_keys=json.dumps(list(model.state_dict())))
