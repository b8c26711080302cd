#!/usr/bin/env bash
# ctranslate2 4.8.5 with transformers 5.23.0: a text classifier is converted, and its classifier is not in the result.
#
# For a BertForSequenceClassification the converter loads the plain encoder, so the head's weights stay behind: what runs answers
# with hidden states of 32 numbers, not with 3 classes. The only sign is a load report of transformers that calls the head
# UNEXPECTED and says it can be ignored; the exit is 0. Keep the head and apply it yourself to pooler_output.
# (A config without position_embedding_type, which transformers 5 no longer writes by itself, does not convert at all.)
#
# Seen, three classes:
#   weights of the classifier in the source: ['classifier.bias', 'classifier.weight']
#   "classifier" in the converted model: False
#   answer: last_hidden_state [1, 4, 32], pooler_output [1, 32]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    ctranslate2==4.8.5 transformers==5.23.0 torch==2.13.0 numpy==2.4.6
export HF_HUB_OFFLINE=1 OMP_NUM_THREADS=2
cd "$folder"
venv/bin/python -W ignore - 2>log <<'END' | tee seen || { tail -1 log >&2; exit 1; }
from pathlib import Path

import ctranslate2
from ctranslate2.converters import TransformersConverter
from safetensors.torch import load_file
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

Path("vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "dress"]))
BertTokenizerFast("vocab.txt").save_pretrained("model")
sizes = {"vocab_size": 7, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
config = BertConfig(**sizes, num_labels=3, position_embedding_type="absolute")
BertForSequenceClassification(config).save_pretrained("model")
names = load_file("model/model.safetensors")
print("weights of the classifier in the source:", sorted(name for name in names if "classifier" in name))

TransformersConverter("model").convert("converted")
print('"classifier" in the converted model:', b"classifier" in Path("converted/model.bin").read_bytes())
answer = ctranslate2.Encoder("converted").forward_batch([["[CLS]", "good", "dress", "[SEP]"]])
print(f"answer: last_hidden_state {answer.last_hidden_state.shape}, pooler_output {answer.pooler_output.shape}")
END
diff - seen <<'END' || { echo "ctranslate2-drops-the-classifier: no longer so: see the difference above" >&2; exit 1; }
weights of the classifier in the source: ['classifier.bias', 'classifier.weight']
"classifier" in the converted model: False
answer: last_hidden_state [1, 4, 32], pooler_output [1, 32]
END
