#!/usr/bin/env python3
"""Images per second of Pillow + torchvision with the published training transform, DataLoader with worker processes.

Needs Debian's python3-torchvision. usage: pillow_torchvision.py FOLDER [--size 384] [--workers 2] [--epochs 2] [--limit N] [--cached]
--cached keeps the decoded and resized images in memory (in each worker), which is what the loader's cache does.
"""
import argparse, os, random, time
import torch
from torchvision import datasets, transforms as T

parser = argparse.ArgumentParser()
parser.add_argument("folder"); parser.add_argument("--size", type=int, default=384); parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--epochs", type=int, default=2); parser.add_argument("--limit", type=int, default=0); parser.add_argument("--cached", action="store_true")
args = parser.parse_args()
torch.set_num_threads(1); torch.manual_seed(77); random.seed(77)
jitter = T.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2)
resize = T.Resize((args.size, args.size))
augment = T.Compose([
    T.RandomApply([jitter, T.RandomPerspective(distortion_scale=0.2)], p=0.3),
    T.RandomApply([jitter, T.RandomAffine(degrees=10)], p=0.3),
    T.RandomVerticalFlip(p=0.3), T.RandomHorizontalFlip(p=0.3),
    T.ToTensor(), T.Normalize((0.1857, 0.1857, 0.1858), (0.2018, 0.2018, 0.2018))])
images = datasets.ImageFolder(args.folder)
picked = random.sample(range(len(images)), args.limit) if args.limit else list(range(len(images)))


class Data(torch.utils.data.Dataset):
    def __init__(self):
        self.resized = [resize(images[i][0]) for i in picked] if args.cached else None

    def __len__(self): return len(picked)

    def __getitem__(self, i):
        image = self.resized[i] if args.cached else resize(images[picked[i]][0])
        return augment(image), images.samples[picked[i]][1]


loader = torch.utils.data.DataLoader(Data(), batch_size=16, shuffle=True, num_workers=args.workers, persistent_workers=args.workers > 0)
for epoch in range(1, args.epochs + 1):
    start, before, count = time.time(), sum(os.times()[:4]), 0
    for x, y in loader: count += len(x)
    seconds = time.time() - start
    print(f"Pillow + torchvision{' (resized images in memory)' if args.cached else ''} epoch {epoch}: {count} images in {seconds:.2f} s, {count / seconds:.0f} images/s", flush=True)
