#!/usr/bin/env bash
# openvino 2026.4.1: a request that was once given an input with share_inputs=True copies later inputs into the caller's old array.
#
# `share_inputs` reads as a choice of one call. But the request keeps the caller's memory as its input tensor. The next call without it
# copies its input into that tensor, which is the array of the earlier call: it changes under its owner. A longer input does not fit
# and raises, though the model's shape is dynamic, and a request that only ever copied takes it.
#
# Seen, a model of one dynamic input:
#   the first caller's array after another call without share_inputs: [7. 7. 7. 7.] (it held ones)
#   a longer input: RuntimeError after a shared call, taken by a request that only copied
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

x = ops.parameter([-1], np.float32, name="x")
compiled = openvino.compile_model(openvino.Model([ops.result(ops.add(x, x))], [x]), "CPU")


def ones(size, value=1.0):
    return np.full(size, value, dtype=np.float32)


def takes(request, size):
    try:
        request.infer([ones(size)])
    except RuntimeError:
        return "RuntimeError"
    return "taken"


copying, shared = compiled.create_infer_request(), compiled.create_infer_request()
copying.infer([ones(4)])
first = ones(4)
shared.infer([first], share_inputs=True)
shared.infer([ones(4, 7.0)])
longer = takes(shared, 6), takes(copying, 6)
print(f"the first caller's array after another call without share_inputs: {first} (it held ones)")
print(f"a longer input: {longer[0]} after a shared call, {longer[1]} by a request that only copied")
sys.exit(0 if first.tolist() == [7.0] * 4 and longer == ("RuntimeError", "taken") else "no longer as told")
END
