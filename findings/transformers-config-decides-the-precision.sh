#!/usr/bin/env bash
# transformers 5.23.0: `dtype` in config.json wins over the weights' own, so one edited word lowers a model's precision.
#
# from_pretrained() loads in the dtype that config.json names, not in the one that model.safetensors holds. An fp32 model
# whose config says bfloat16 is rounded as it is loaded, without a warning, and save_pretrained() then keeps the rounded
# weights for good. The weights' file and its digest have not changed: a digest must take config.json in, and code that cares
# passes dtype=torch.float32.
#
# Seen, one model.safetensors:
#   config says float32: loaded torch.float32
#   config says bfloat16: loaded torch.bfloat16, saved again torch.bfloat16
#   config says bfloat16, dtype=torch.float32 passed: loaded torch.float32
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check transformers==5.23.0 torch==2.13.0 numpy==2.4.6
export HF_HUB_OFFLINE=1 OMP_NUM_THREADS=2
cd "$folder"
venv/bin/python -W ignore - 2>log <<'END' | tee seen || { tail -1 log >&2; exit 1; }
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

sizes = {"vocab_size": 9, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
BertForSequenceClassification(BertConfig(**sizes, num_labels=3)).save_pretrained("model")
config = json.loads(Path("model/config.json").read_text())


def load(says, **more):
    Path("model/config.json").write_text(json.dumps({**config, "dtype": says}))
    return AutoModelForSequenceClassification.from_pretrained("model", **more)


print("config says float32: loaded", load("float32").dtype)
rounded = load("bfloat16")
rounded.save_pretrained("again")
(saved,) = {value.dtype for value in load_file("again/model.safetensors").values()}
print(f"config says bfloat16: loaded {rounded.dtype}, saved again {saved}")
print("config says bfloat16, dtype=torch.float32 passed: loaded", load("bfloat16", dtype=torch.float32).dtype)
END
diff - seen <<'END' || { echo "transformers-config-decides-the-precision: no longer so: see the difference above" >&2; exit 1; }
config says float32: loaded torch.float32
config says bfloat16: loaded torch.bfloat16, saved again torch.bfloat16
config says bfloat16, dtype=torch.float32 passed: loaded torch.float32
END
