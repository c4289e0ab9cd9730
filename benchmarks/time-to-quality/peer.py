#!/usr/bin/env python3
"""Trains both networks with PyTorch and torchvision, and writes a line for each epoch: seconds since the process began, and F1 on the held-out images.

Plain supervised training is what one would write: Adam, one cosine over the run, binary cross-entropy. The published way is the papers': their pretraining with gradients
cleared, then their fine-tuning (focal loss, Adam at 3e-4, a cosine of 16 batches).
Needs torch and torchvision (Debian: python3-torchvision libopenblas0-pthread).
"""
import time

BEGAN = time.time()

import argparse
import csv
import json
import struct

import torch
import torchvision
from PIL import Image
from torch.nn import functional
from torchvision import transforms
from torchvision.models.resnet import BasicBlock, ResNet

STATISTICS = {"brainmri": ((0.1857, 0.1857, 0.1858), (0.2018, 0.2018, 0.2018)), "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))}


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", required=True, help="path,label,part,share, as benchmarks/mlnet writes it")
    parser.add_argument("--share", type=int, default=100, help="percent of the training images whose labels are used")
    parser.add_argument("--way", choices=["supervised", "published"], default="supervised")
    parser.add_argument("--weights", help="safetensors of a ResNet with depths 2, 2, 2, 3; a random ResNet-18 without")
    parser.add_argument("--pretraining-epochs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


class Images(torch.utils.data.Dataset):
    def __init__(self, rows, classes, pipeline):
        self.rows, self.classes, self.pipeline = rows, classes, pipeline

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        with Image.open(row["path"]) as image:
            return self.pipeline(image.convert("RGB")), self.classes.index(row["label"])


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin).reshape(entry["shape"])
            for name, entry in header.items() if entry["dtype"] == "F32" for begin, end in [entry["data_offsets"]]}


def pipelines(size, statistics):
    jitter = transforms.ColorJitter(0.2, 0.2, 0.2)
    last = [transforms.ToTensor(), transforms.Normalize(*statistics)]
    train = [
        transforms.Resize((size, size)),
        transforms.RandomApply([jitter, transforms.RandomPerspective(0.2)], 0.3),
        transforms.RandomApply([jitter, transforms.RandomAffine(10)], 0.3),
        transforms.RandomVerticalFlip(0.3),
        transforms.RandomHorizontalFlip(0.3)]
    return transforms.Compose(train + last), transforms.Compose([transforms.Resize((size, size))] + last)


def focal(logits, targets, weights):
    p = torch.sigmoid(logits)
    log_pt = targets * torch.log(p + 1e-12) + (1 - targets) * torch.log(1 - p + 1e-12)
    return (-((1 - log_pt.exp()) ** 2) * log_pt * weights).mean()


def f1_of(network, loader, classes):
    network.eval()
    hits = wrong = missed = 0
    with torch.inference_mode():
        for images, labels in loader:
            predicted = torch.sigmoid(network(images)) > 0.5
            true = functional.one_hot(labels, classes).bool()
            hits += (predicted & true).sum().item()
            wrong += (predicted & ~true).sum().item()
            missed += (~predicted & true).sum().item()
    network.train()
    return 2 * hits / max(1, 2 * hits + wrong + missed)


def main():
    args = parse()
    torch.manual_seed(args.seed)
    with open(args.split) as file:
        rows = list(csv.DictReader(file))
    train = [row for row in rows if row["part"] == "train"]
    labelled = [row for row in train if int(row["share"]) <= args.share]
    held_out = [row for row in rows if row["part"] == "test"]
    classes = sorted({row["label"] for row in rows})
    augment, plain = pipelines(args.size, STATISTICS["imagenet" if args.weights else "brainmri"])

    def loader(part, pipeline, shuffle):
        return torch.utils.data.DataLoader(Images(part, classes, pipeline), batch_size=args.batch, shuffle=shuffle, drop_last=shuffle, num_workers=args.workers)

    if args.weights:
        cnn = ResNet(BasicBlock, [2, 2, 2, 3])
        missing = cnn.load_state_dict(read_safetensors(args.weights), strict=False)
        assert not missing.unexpected_keys and all(name.startswith("fc.") or name.endswith("num_batches_tracked") for name in missing.missing_keys), missing
    else:
        cnn = torchvision.models.resnet18()
    vit = torchvision.models.VisionTransformer(image_size=args.size, patch_size=16, num_layers=12, num_heads=3, hidden_dim=192, mlp_dim=768)

    if args.way == "published":
        optimizers = [torch.optim.Adam(network.parameters(), lr=1e-3) for network in (cnn, vit)]
        schedules = [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=16, eta_min=1e-6) for optimizer in optimizers]
        for _ in range(args.pretraining_epochs):
            for images, _ in loader(train, augment, True):
                for optimizer in optimizers:
                    optimizer.zero_grad(set_to_none=True)
                x, y = (functional.normalize(network(images), dim=-1) for network in (cnn, vit))
                (2 - 2 * (x * y).sum(dim=-1)).mean().backward()
                for step in optimizers + schedules:
                    step.step()

    cnn.fc = torch.nn.Linear(512, len(classes))
    vit.heads = torch.nn.Linear(192, len(classes))
    counts = torch.tensor([float(sum(row["label"] == name for row in labelled)) for name in classes])
    weights = 0.2 + 0.8 * (counts - counts.min()) / max(1.0, (counts.max() - counts.min()).item())
    batches = loader(labelled, augment, True)
    scored = loader(held_out, plain, False)
    for name, network, rate in (("cnn", cnn, 1e-3), ("vit", vit, 3e-4)):
        published = args.way == "published"
        optimizer = torch.optim.Adam(network.parameters(), lr=3e-4 if published else rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=16 if published else args.epochs * len(batches), eta_min=1e-6 if published else 0)
        for epoch in range(1, args.epochs + 1):
            for images, labels in batches:
                optimizer.zero_grad(set_to_none=True)
                targets = functional.one_hot(labels, len(classes)).float()
                logits = network(images)
                loss = focal(logits, targets, weights) if published else functional.binary_cross_entropy_with_logits(logits, targets)
                loss.backward()
                optimizer.step()
                schedule.step()
            f1 = f1_of(network, scored, len(classes))
            print(f"{name},{epoch},{time.time() - BEGAN:.2f},{f1:.4f}", flush=True)


if __name__ == "__main__":
    main()
