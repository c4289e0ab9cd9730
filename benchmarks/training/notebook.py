#!/usr/bin/env python3
"""The published pretraining loop in PyTorch and torchvision: the peer that Cass.Training is measured against.

Reads commands from standard input, a line each, and answers with lines of numbers and 'done':
  steps N       N pretraining steps; the milliseconds of each
  optimizer N   N steps of both optimisers alone; the milliseconds of each
  epochs N      N epochs over the images of --folder; the seconds of each, and its images
Needs torch and torchvision (Debian: python3-torchvision libopenblas0-pthread).
"""
import argparse
import random
import sys
import time

import torch
import torchvision
from torch.nn import functional
from torchvision import datasets, transforms

TRANSFORMERS = {"vit_tiny_patch16_224": (192, 3), "vit_small_patch16_224": (384, 6), "vit_base_patch16_384": (768, 12)}


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cnn", default="resnet18")
    parser.add_argument("--transformer", default="vit_tiny_patch16_224")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=["float32", "tensorfloat32", "bfloat16"])
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--fused", action="store_true", help="the fused Adam of PyTorch 2")
    parser.add_argument("--folder")
    parser.add_argument("--images", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


class Training:
    def __init__(self, args):
        self.args = args
        self.device = torch.device(args.device)
        if args.threads:
            torch.set_num_threads(args.threads)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = args.precision == "tensorfloat32"
        torch.manual_seed(77)
        width, heads = TRANSFORMERS[args.transformer]
        self.cnn = getattr(torchvision.models, args.cnn)().to(self.device)
        self.transformer = torchvision.models.VisionTransformer(
            image_size=args.size, patch_size=16, num_layers=12, num_heads=heads, hidden_dim=width, mlp_dim=4 * width).to(self.device)
        if args.channels_last:
            self.cnn = self.cnn.to(memory_format=torch.channels_last)
        self.optimizers, self.schedules = [], []
        for network in (self.cnn, self.transformer):
            network.train()
            optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, **({"fused": True} if args.fused else {}))
            self.optimizers.append(optimizer)
            self.schedules.append(torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=16, eta_min=1e-6))

    def step(self, images):
        images = images.to(self.device, non_blocking=True)
        if self.args.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.args.precision == "bfloat16"):
            of_cnn = self.cnn(images)
            of_transformer = self.transformer(images)
        x = functional.normalize(of_cnn.float(), dim=-1)
        y = functional.normalize(of_transformer.float(), dim=-1)
        loss = (2 - 2 * (x * y).sum(dim=-1)).mean()
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        for schedule in self.schedules:
            schedule.step()
        return loss.item()

    def steps(self, count):
        images = torch.randn(self.args.batch, 3, self.args.size, self.args.size)
        for _ in range(count):
            start = time.perf_counter()
            self.step(images)
            yield 1000 * (time.perf_counter() - start)

    def optimizer(self, count):
        for network in (self.cnn, self.transformer):
            for parameter in network.parameters():
                parameter.grad = torch.randn_like(parameter)
        for _ in range(count):
            self.synchronize()
            start = time.perf_counter()
            for optimizer in self.optimizers:
                optimizer.step()
            self.synchronize()
            yield 1000 * (time.perf_counter() - start)

    def epochs(self, count):
        size = self.args.size
        jitter = transforms.ColorJitter(0.2, 0.2, 0.2)
        pipeline = transforms.Compose([
            transforms.Resize((size, size)),
            transforms.RandomApply([jitter, transforms.RandomPerspective(0.2)], 0.3),
            transforms.RandomApply([jitter, transforms.RandomAffine(10)], 0.3),
            transforms.RandomVerticalFlip(0.3),
            transforms.RandomHorizontalFlip(0.3),
            transforms.ToTensor(),
            transforms.Normalize((0.1857, 0.1857, 0.1858), (0.2018, 0.2018, 0.2018))])
        images = datasets.ImageFolder(self.args.folder, pipeline)
        if self.args.images:
            images = torch.utils.data.Subset(images, random.Random(77).sample(range(len(images)), min(self.args.images, len(images))))
        loader = torch.utils.data.DataLoader(
            images, batch_size=self.args.batch, shuffle=True, num_workers=self.args.workers, drop_last=True,
            pin_memory=self.device.type == "cuda")
        for _ in range(count):
            start, seen = time.perf_counter(), 0
            for batch, _ in loader:
                self.step(batch)
                seen += len(batch)
            yield time.perf_counter() - start, seen

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def main():
    training = Training(parse())
    for line in sys.stdin:
        command, count = line.split()
        for result in getattr(training, command)(int(count)):
            print(*(result if isinstance(result, tuple) else (result,)), flush=True)
        print("done", flush=True)


if __name__ == "__main__":
    main()
