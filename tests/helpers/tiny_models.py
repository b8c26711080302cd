"""A BERT of 16 hidden units over 40 words, made here: a whole fine-tune of it takes seconds and nothing is downloaded."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reviewloop.config import load_config
from reviewloop.training.job import Job

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


@pytest.fixture(scope="session")
def still_bert(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny BERT without dropout, which draws other numbers when the same rows come in other portions."""
    folder = tmp_path_factory.mktemp("still") / "bert"
    shutil.copytree(tiny_bert, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def job_values(tiny_bert: Path, parts: Path, tmp_path: Path) -> dict[str, Any]:
    """A job of 3 epochs and 300 steps, into ``tmp_path/out``; what is not said here is as in ``base.yaml``."""
    values = load_config().training.transformer.model_dump(mode="json", exclude={"model"})
    return values | {
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
        "checkpoint_every_steps": 7,
    }


@pytest.fixture
def make_job(job_values: dict[str, Any], tmp_path: Path) -> Callable[..., Job]:
    """``make_job(name, epochs=1, ...)``: that job with changes, its output in ``tmp_path/name`` and ``job.json`` beside it."""

    def make(name: str, **changes: Any) -> Job:
        job = Job.model_validate(job_values | {"output": str(tmp_path / name)} | changes)
        job.output.mkdir(exist_ok=True)
        (job.output / "job.json").write_text(job.model_dump_json())
        return job

    return make


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As in the programs that the tests start, so that sums are added up in the same order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def in_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bf16, which rounds the same rows differently when they come in other portions."""
    import torch

    for module in ("training.optimisation.step", "models.encoder.logits"):
        monkeypatch.setattr(f"reviewloop.{module}.autocast", lambda device: torch.autocast(device.type, enabled=False))
