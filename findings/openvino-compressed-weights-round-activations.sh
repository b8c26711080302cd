#!/usr/bin/env bash
# openvino 2026.4.1 on a CPU that multiplies 8-bit integers (avx512_vnni): a model of which only the weights were compressed to
# 8 bits has its activations rounded to 8 bits as well, unless it is told not to.
#
# Compression of weights alone (a Constant of int8, a Convert, a Multiply by each row's scale, a MatMul) is known to leave activations
# as floats. The CPU plugin takes the pattern, rounds every 32 neighbouring activations by a scale of their own, and multiplies integers:
# DYNAMIC_QUANTIZATION_GROUP_SIZE is 32 where nobody sets it, while INFERENCE_PRECISION_HINT says f32. At 0 the floats are what they
# were; at 128 it is faster than at 32, and rounds a little more.
#
# Seen, one product of 64 x 384 by 384 x 384, distance of the answers from the floats' own, over their spread:
#   group 32 where nobody says: True
#   distance unless told: 0.004, at 0: below 1e-5, at 128: 0.005
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check openvino==2026.4.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'END' 2>log || { tail -1 log >&2; exit 1; }
import sys

sys.modules["openvino_telemetry"] = None  # it would report that it was imported

import numpy as np
import openvino
import openvino.opset15 as ops

NAME = "DYNAMIC_QUANTIZATION_GROUP_SIZE"
draw = np.random.default_rng(1)
weights = draw.integers(-127, 128, (384, 384), dtype=np.int8)
scales = draw.uniform(0.5, 1.5, (384, 1)).astype(np.float32) / 1000
given = draw.normal(size=(1, 64, 384)).astype(np.float32)
told = given[0] @ (weights * scales).T


def compiled(settings):
    x = ops.parameter([1, 64, 384], np.float32, name="x")
    rows = ops.multiply(ops.convert(ops.constant(weights), np.float32), ops.constant(scales))
    model = openvino.Model([ops.result(ops.matmul(x, rows, False, True))], [x])
    return openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", **settings})


def distance(settings):
    return float(np.abs(compiled(settings)([given])[0][0] - told).mean() / told.std())


default = compiled({}).get_property(NAME)
unless, never, wide = distance({}), distance({NAME: 0}), distance({NAME: 128})
print(f"group 32 where nobody says: {default == 32}")
print(f"distance unless told: {unless:.4f}, at 0: {never:.1e}, at 128: {wide:.4f}")
sys.exit(0 if default == 32 and never < 1e-5 < 1e-3 < unless < wide else "no longer as told")
END
