#!/usr/bin/env python3
"""Reads a saved backbone with Python's standard library alone, and prints what it found as JSON.

For model.safetensors: of every tensor its type, shape, sum and first and last element. For config.json: its content.
usage: read_saved_backbone.py FOLDER
"""
import json, math, struct, sys

FORMATS = {"F32": "f", "F64": "d", "F16": "e", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U8": "B", "BOOL": "?"}


def values(kind, data):
    if kind == "BF16":
        return struct.unpack(f"<{len(data) // 2}f", b"".join(b"\0\0" + data[i:i + 2] for i in range(0, len(data), 2)))
    return struct.unpack(f"<{len(data) // struct.calcsize(FORMATS[kind])}{FORMATS[kind]}", data)


with open(f"{sys.argv[1]}/model.safetensors", "rb") as file:
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length))
    data = file.read()
found = {}
for name, entry in header.items():
    if name != "__metadata__":
        begin, end = entry["data_offsets"]
        numbers = values(entry["dtype"], data[begin:end])
        assert len(numbers) == math.prod(entry["shape"]), name
        found[name] = {"type": entry["dtype"], "shape": entry["shape"], "sum": math.fsum(numbers), "first": numbers[0], "last": numbers[-1]}
with open(f"{sys.argv[1]}/config.json", encoding="utf-8") as file:
    print(json.dumps({"metadata": header.get("__metadata__", {}), "tensors": found, "config": json.load(file)}))
