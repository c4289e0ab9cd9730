#!/usr/bin/env python3
"""State dicts written by PyTorch in both formats of torch.save, and the same values for an independent comparison.

Needs PyTorch. usage: make_pytorch_files.py OUT_DIR
"""
import argparse, collections, json, sys
import torch

out = sys.argv[1]
torch.manual_seed(7)
base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
tensors = collections.OrderedDict(
    float32=torch.randn(3, 4), float64=torch.randn(2, 3, dtype=torch.float64), float16=torch.randn(5).half(), bfloat16=torch.randn(5).bfloat16(),
    int64=torch.tensor([-1, 2 ** 40]), int32=torch.tensor([-7, 7], dtype=torch.int32), int16=torch.tensor([300, -300], dtype=torch.int16),
    int8=torch.tensor([-128, 127], dtype=torch.int8), uint8=torch.tensor([0, 255], dtype=torch.uint8), bool=torch.tensor([True, False, True]),
    complex64=torch.tensor([1 + 2j, -3.5j], dtype=torch.complex64), scalar=torch.tensor(12), empty=torch.zeros(0, 3),
    transposed=base.t(), rows=base[1:3], column=base[:, 2], channels_last=torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    parameter=torch.nn.Parameter(torch.randn(2, 2)))
state = collections.OrderedDict(tensors)
state._metadata = collections.OrderedDict({"": {"version": 1}})
checkpoint = {"epoch": 3, "lr": 0.5, "name": "résumé", "done": None, "big": 2 ** 70, "shape": torch.Size([2, 3]),
              "state_dict": {"module.weight": base, "module.bias": torch.ones(4)}, "optimizer": {"state": {0: {"step": torch.tensor(1.0), "exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 0.1, "params": [0, 1]}]}}
for legacy in (False, True):
    suffix = "legacy" if legacy else "zip"
    save = lambda value, name: torch.save(value, f"{out}/{name}_{suffix}.pth", _use_new_zipfile_serialization=not legacy)
    save(state, "tensors")
    save(checkpoint, "checkpoint")
    save({"args": argparse.Namespace(lr=1), "weight": torch.ones(1)}, "namespace")
    save(torch.nn.Linear(2, 2), "module")
    save(torch.ones(2), "tensor")
    for protocol in (3, 4):
        torch.save(dict(weight=base), f"{out}/protocol{protocol}_{suffix}.pth", pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)


def numbers(t):
    t = t.detach()
    if t.is_complex(): t = torch.view_as_real(t)
    return [float(v) for v in t.reshape(-1).double()]


json.dump({k: {"type": str(t.dtype), "shape": list(t.shape), "values": numbers(t)} for k, t in tensors.items()}, open(f"{out}/tensors.json", "w"))
