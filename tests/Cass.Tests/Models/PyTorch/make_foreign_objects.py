#!/usr/bin/env python3
"""Pickles of the objects that training programs save beside their weights, without their programs: classes of the same names stand for them.

usage: make_foreign_objects.py > objects.json
"""
import argparse, base64, collections, datetime, enum, functools, json, pathlib, pickle, sys, types


def made(module, name, bases=(object,), **members):
    """A class that pickles as one of another module."""
    parts = module.split(".")
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:i]), types.ModuleType(".".join(parts[:i])))
    kind = type(name, bases, {"__module__": module, "__qualname__": name, **members})
    setattr(sys.modules[module], name, kind)
    return kind


def function(module, name):
    result = lambda *a: None
    result.__module__, result.__qualname__, result.__name__ = module, name, name
    made(module, "_")
    setattr(sys.modules[module], name, result)
    return result


class Reduced:
    def __init__(self, *parts): self.parts = parts
    def __reduce__(self): return self.parts


def filled(kind, **attributes):
    result = kind()
    result.__dict__.update(attributes)
    return result


AttributeDict = made("pytorch_lightning.utilities.parsing", "AttributeDict", (dict,))
ModelCheckpoint = made("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
Config = made("omegaconf.dictconfig", "DictConfig")
Node = made("omegaconf.nodes", "AnyNode")
made("torchvision.transforms.functional", "_")
Interpolation = enum.Enum("InterpolationMode", {"BICUBIC": "bicubic"}, module="torchvision.transforms.functional")
sys.modules["torchvision.transforms.functional"].InterpolationMode = Interpolation
dtype = made("numpy", "dtype")
scalar, reconstruct = function("numpy.core.multiarray", "scalar"), function("numpy.core.multiarray", "_reconstruct")
ndarray = made("numpy", "ndarray")
device, adam = made("torch", "device"), function("torch.optim.lr_scheduler", "LambdaLR")
EasyDict = made("easydict", "EasyDict", (dict,))

arguments = argparse.Namespace(arch="resnet50", lr=0.1, betas=(0.9, 0.999), data=pathlib.PurePosixPath("/data/imagenet"), gpu=None, mean=[0.5] * 3)
arguments.parent = arguments
float64 = Reduced(dtype, ("f8", False, True), (3, "<", None, None, None, -1, -1, 0))
hyper = AttributeDict(lr=1e-3, backbone="resnet18", interpolation=Interpolation.BICUBIC)
hyper.__dict__.update(frozen=True)

objects = {
    "namespace": arguments,
    "hyper_parameters": hyper,
    "callbacks_by_class": {ModelCheckpoint: {"best_model_score": 0.5, "dirpath": "/runs"}},
    "callback": filled(ModelCheckpoint, monitor="val_loss", best_k_models={"a.ckpt": 0.25}),
    "omegaconf": filled(Config, _content={"lr": filled(Node, _val=0.1)}, _parent=None, _flags_cache={}),
    "numpy_scalar": Reduced(scalar, (float64, b"\0" * 8)),
    "numpy_array": Reduced(reconstruct, (ndarray, (0,), b"b"), (1, (2,), float64, False, b"\0" * 16)),
    "device": Reduced(device, ("cuda", 0)),
    "scheduler": functools.partial(adam, last_epoch=-1),
    "sets": {"classes": {"a", "b"}, "frozen": frozenset([1, 2])},
    "keys": {(1, 2): "a", None: "b", 0.5: "c", True: "d", 3: "e"},
    "counter": collections.Counter("banana"),
    "defaultdict": collections.defaultdict(list, losses=[0.5, 0.25]),
    "easydict": EasyDict(model=EasyDict(name="vit")),
    "time": datetime.datetime(2024, 5, 1, 12, 30),
    "huge_number": 7 ** 3000,
    "bytes": bytes(300),
    "bytearray": bytearray(5),
    "complex": 1 + 2j,
    "slice": slice(1, 2, 3),
}
print(json.dumps({f"{name}/{protocol}": base64.b64encode(pickle.dumps(value, protocol)).decode() for name, value in objects.items() for protocol in (2, 4, 5)}, indent=0))
