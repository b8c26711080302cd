"""A BERT of 16 hidden units over 40 words, made here: a whole fine-tune of it takes seconds and nothing is downloaded."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TELLS = (("hate", "cheap", "torn"), ("okay", "average", "meh"), ("love", "great", "perfect"))
FILLER = tuple(f"w{i}" for i in range(26))


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as ``from_pretrained`` takes it: weights, configuration and tokenizer of a tiny BERT."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sum(TELLS, ()), *FILLER]
    fast = Tokenizer(WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    fast.pre_tokenizer = Whitespace()
    fast.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        initializer_range=0.1,
    )
    folder = tmp_path_factory.mktemp("tiny-bert")
    BertModel(config).save_pretrained(folder)
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    PreTrainedTokenizerFast(tokenizer_object=fast, **special).save_pretrained(folder)
    return folder


def reviews(num_rows: int, seed: int) -> tuple[list[str], list[int]]:
    """Texts whose class (0, 1, 2) one of their words gives away."""
    generator = np.random.default_rng(seed)
    labels = generator.choice(3, num_rows, p=[0.2, 0.2, 0.6])
    texts = []
    for label in labels:
        words = list(generator.choice(FILLER, generator.integers(3, 36)))
        texts.append(" ".join([*words, *generator.choice(TELLS[label], 5)]))
    return texts, [int(label) for label in labels]


@pytest.fixture(scope="session")
def parts(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``train.parquet`` and ``validation.parquet`` as the feature room publishes them."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tiny_bert / "tokenizer.json"))
    tokenizer.enable_truncation(48)
    folder = tmp_path_factory.mktemp("parts")
    for name, num_rows, seed in (("train", 400, 1), ("validation", 60, 2)):
        texts, labels = reviews(num_rows, seed)
        ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        columns = {"model_text": texts, "label": labels, "input_ids": pa.array(ids, pa.list_(pa.int32()))}
        if name == "train":
            columns["weight"] = [0.7 if label == 2 else 1.5 for label in labels]
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


@pytest.fixture
def job_values(tiny_bert: Path, parts: Path, tmp_path: Path) -> dict[str, object]:
    """A job of 3 epochs and 300 steps, into ``tmp_path/out``."""
    values = {
        "base_model": str(tiny_bert),
        "train": str(parts / "train.parquet"),
        "validation": str(parts / "validation.parquet"),
        "output": str(tmp_path / "out"),
        "labels": ["negative", "neutral", "positive"],
        "max_seq_length": 48,
        "seed": 7,
        "epochs": 3,
        "batch_size": 4,
        "learning_rate": 5e-3,
        "head_learning_rate": 5e-3,
        "warmup_share": 0.1,
        "weight_decay": 0.01,
        "checkpoint_every_steps": 7,
    }
    return json.loads(json.dumps(values))
