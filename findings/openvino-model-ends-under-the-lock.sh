#!/usr/bin/env bash
# openvino 2026.4.1: a compiled model that nobody needs any more is freed with Python's lock held, unless a request of it goes last.
#
# Freeing one takes tens of milliseconds, in which no other thread of the process runs Python: a server that lets go of an old model
# answers nobody meanwhile. Where an infer request of that model outlives the compiled model by a moment, the same work is done with
# the lock released. compile_model and infer release it too.
#
# Seen, a model of 60 products: other threads waited for the whole of the end of a compiled model, and for a small part of the end of
# its request:
#   compiled model last: waited for 1.0 of its end
#   request last: waited for 0.1 of its end
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check openvino==2026.4.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'END' 2>log || { tail -1 log >&2; exit 1; }
import sys

sys.modules["openvino_telemetry"] = None  # it would report that it was imported

import threading
import time

import numpy as np
import openvino
import openvino.opset15 as ops

SIZE, LAYERS, TIMES = 768, 60, 3
longest = 0.0


def watch():
    global longest
    last = time.perf_counter()
    while True:
        time.sleep(0.001)
        now = time.perf_counter()
        longest = max(longest, now - last)
        last = now


def ready():
    draw = np.random.default_rng(1)
    x = ops.parameter([8, SIZE], np.float32, name="x")
    node = x
    for _ in range(LAYERS):
        node = ops.relu(ops.matmul(node, ops.constant(draw.random((SIZE, SIZE), dtype=np.float32)), False, False))
    compiled = openvino.compile_model(openvino.Model([ops.result(node)], [x]), "CPU")
    request = compiled.create_infer_request()
    request.infer([np.ones((8, SIZE), dtype=np.float32)])
    return [compiled, request]


def waited(order):
    """Of the seconds that the end takes, the part in which no other thread ran; the least of a few times."""
    global longest
    parts = []
    for _ in range(TIMES):
        held = ready()
        first, last = held[order[0]], held[order[1]]
        del held, first
        time.sleep(0.2)
        longest, start = 0.0, time.perf_counter()
        del last
        took = time.perf_counter() - start
        time.sleep(0.05)
        parts.append(min(1.0, longest / took))
    return float(np.median(parts))


threading.Thread(target=watch, daemon=True).start()
model_last, request_last = waited((1, 0)), waited((0, 1))
print(f"compiled model last: waited for {model_last:.1f} of its end")
print(f"request last: waited for {request_last:.1f} of its end")
sys.exit(0 if model_last > 0.8 and request_last < 0.5 else "no longer as told")
END
