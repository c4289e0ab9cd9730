"""Images per second of torchvision's networks, measured as `passes` measures ours."""
import argparse
import time

import torch
import torchvision

NAMES = {
    "resnet18": torchvision.models.resnet18,
    "resnet50": torchvision.models.resnet50,
    "vit_base_patch16_224": torchvision.models.vit_b_16,
    "convnext_tiny": torchvision.models.convnext_tiny,
    "swin_tiny_patch4_window7_224": torchvision.models.swin_t,
}


def measure(batch, seconds, one_pass):
    one_pass()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        one_pass()
        times.append(time.perf_counter() - start)
    return batch / sorted(times)[len(times) // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, {device}, {torch.get_num_threads()} threads")
    print(f"{'':32}{'forward':>12}{'and backward':>14}")
    for name in options.names or NAMES:
        model = NAMES[name]().to(device)
        images = torch.randn(options.batch, 3, 224, 224, device=device)

        def forward():
            with torch.no_grad():
                model(images)
            if device == "cuda":
                torch.cuda.synchronize()

        def both():
            model.zero_grad(set_to_none=True)
            model(images).square().mean().backward()
            if device == "cuda":
                torch.cuda.synchronize()

        model.eval()
        first = measure(options.batch, options.seconds, forward)
        model.train()
        print(f"{name:32}{first:12.1f}{measure(options.batch, options.seconds, both):14.1f}")


if __name__ == "__main__":
    main()
