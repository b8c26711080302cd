"""The two parts the fine-tune reads, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Part:
    """Rows of one part: token ids (ragged), class ids (n,), loss weights (n,) and lengths in tokens (n,)."""

    tokens: Sequence[np.ndarray]
    labels: np.ndarray
    weights: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.tokens)


def read_part(path: Path, max_seq_length: int, num_labels: int) -> Part:
    """Read ``input_ids``, ``label`` and, where it is there, ``weight`` (else 1).

    Raises ``ValueError`` for an empty part, a label out of range, or a text longer than ``max_seq_length``: cutting here
    would drop the closing special token, so the features must come cut.
    """
    schema = pq.read_schema(path).names
    table = pq.read_table(path, columns=[name for name in ("input_ids", "label", "weight") if name in schema])
    tokens = [np.asarray(ids, dtype=np.int64) for ids in table["input_ids"].to_pylist()]
    labels = table["label"].to_numpy().astype(np.int64)
    weights = table["weight"].to_numpy().astype(np.float32) if "weight" in schema else np.ones(len(labels), np.float32)
    lengths = np.array([len(ids) for ids in tokens], dtype=np.int64)
    if not len(tokens):
        raise ValueError(f"{path.name}: no rows")
    if labels.min() < 0 or labels.max() >= num_labels:
        raise ValueError(f"{path.name}: labels from {labels.min()} to {labels.max()}; allowed are 0 to {num_labels - 1}")
    if lengths.max() > max_seq_length:
        raise ValueError(f"{path.name}: a text has {lengths.max()} tokens, max_seq_length is {max_seq_length}")
    return Part(tokens, labels, weights, lengths)
