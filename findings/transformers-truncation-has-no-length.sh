#!/usr/bin/env bash
# transformers 5.23.0: one overlong text fails its whole pipeline call, and truncation=True alone does not always help.
#
# The length to cut to is the tokenizer's model_max_length, which stands in tokenizer_config.json, not the model's
# max_position_embeddings. A tokenizer saved without it (one trained or built by oneself) has 10^30 there: truncation=True then cuts
# nothing, and the model raises on its 513th token. The good texts of the call get no answer either. Pass max_length too.
#
# Seen, a BERT of 512 places asked about "good" and about a text of 600 words:
#   nothing asked: RuntimeError: The size of tensor a (602) must match the size of tensor b (512) at non-singleton dimension 1
#   truncation=True: RuntimeError: The size of tensor a (602) must match the size of tensor b (512) at non-singleton dimension 1
#   truncation=True, max_length=512: 2 answers
#   truncation=True, tokenizer with model_max_length=512: 2 answers
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check transformers==5.23.0 torch==2.13.0 numpy==2.4.6
export HF_HUB_OFFLINE=1 OMP_NUM_THREADS=2
cd "$folder"
venv/bin/python -W ignore - 2>log <<'END' | tee seen || { tail -1 log >&2; exit 1; }
from pathlib import Path

from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, BertTokenizerFast, pipeline

Path("vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good"]))
BertTokenizerFast("vocab.txt").save_pretrained("tokenizer")
sizes = {"vocab_size": 6, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
model = BertForSequenceClassification(BertConfig(**sizes, max_position_embeddings=512, num_labels=3)).eval()


def ask(what, tokenizer, **options):
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer)
    try:
        print(f"{what}: {len(classify(['good', 'good ' * 600], **options))} answers")
    except RuntimeError as error:
        print(f"{what}: RuntimeError: {error}")


tokenizer = AutoTokenizer.from_pretrained("tokenizer")
ask("nothing asked", tokenizer)
ask("truncation=True", tokenizer, truncation=True)
ask("truncation=True, max_length=512", tokenizer, truncation=True, max_length=512)
short = AutoTokenizer.from_pretrained("tokenizer", model_max_length=512)
ask("truncation=True, tokenizer with model_max_length=512", short, truncation=True)
END
diff - <(cut -c1-70 seen) <<'END' || { echo "transformers-truncation-has-no-length: no longer so: see the difference above" >&2; exit 1; }
nothing asked: RuntimeError: The size of tensor a (602) must match the
truncation=True: RuntimeError: The size of tensor a (602) must match t
truncation=True, max_length=512: 2 answers
truncation=True, tokenizer with model_max_length=512: 2 answers
END
