#!/usr/bin/env python3
"""Holds ONNX models against ONNX's own checker and shape inference.

usage: check_onnx.py MODEL...
Ends with 0 where all are sound, and where the shapes that they state are those that follow from their inputs.
"""
import sys

import onnx
from onnx import shape_inference


def shapes(values):
    return {
        value.name: [dim.dim_value or None for dim in value.type.tensor_type.shape.dim]
        for value in values
    }


for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    stated = shapes(model.graph.value_info)
    del model.graph.value_info[:]
    inferred = shapes(shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph.value_info)
    for name, shape in stated.items():
        other = inferred.get(name, shape)
        if len(other) != len(shape) or any(a and b and a != b for a, b in zip(shape, other)):
            sys.exit(f"{path}: '{name}' is stated as {shape} and inferred as {other}")
    print(f"{len(stated)} stated, {len(inferred)} inferred")
