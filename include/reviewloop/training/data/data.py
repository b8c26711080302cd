"""The two parts the fine-tune reads, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reviewloop.errors import PermanentError


@dataclass(frozen=True)
class EncodedPart:
    """Rows of one part: token ids (ragged), class ids (n,), loss weights (n,) and lengths in tokens (n,)."""

    tokens: Sequence[np.ndarray]
    labels: np.ndarray
    weights: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.tokens)


def read_part(path: Path, max_seq_length: int, num_labels: int) -> EncodedPart:
    """Read ``input_ids``, ``label`` and, where it is there, ``weight`` (else 1), of a file or of a folder's files by name.

    Raises ``PermanentError`` for an empty part, a column that is missing, a label out of range, or a text longer than
    ``max_seq_length``: cutting here would drop the closing special token, so the features must come cut.
    """
    table = _read(path)
    tokens = [np.asarray(ids, dtype=np.int64) for ids in table["input_ids"].to_pylist()]
    labels = table["label"].to_numpy().astype(np.int64)
    weighted = "weight" in table.column_names
    weights = table["weight"].to_numpy().astype(np.float32) if weighted else np.ones(len(labels), np.float32)
    lengths = np.array([len(ids) for ids in tokens], dtype=np.int64)
    if not len(tokens):
        raise PermanentError(f"{path.name}: no rows")
    if labels.min() < 0 or labels.max() >= num_labels:
        raise PermanentError(f"{path.name}: labels from {labels.min()} to {labels.max()}; allowed are 0 to {num_labels - 1}")
    if lengths.max() > max_seq_length:
        raise PermanentError(f"{path.name}: a text has {lengths.max()} tokens, max_seq_length is {max_seq_length}")
    return EncodedPart(tokens, labels, weights, lengths)


def _read(path: Path) -> pa.Table:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise PermanentError(f"{path}: no Parquet file is there")
    columns: dict[tuple[str, ...], Path] = {}
    tables = []
    for file in files:
        names = tuple(name for name in ("input_ids", "label", "weight") if name in pq.read_schema(file).names)
        if not {"input_ids", "label"} <= set(names):
            raise PermanentError(f"{file.name}: has no column input_ids or no label; take a part that build_features published")
        columns.setdefault(names, file)
        tables.append(pq.read_table(file, columns=list(names)))
    if len(columns) > 1:
        one, other = (file.name for file in columns.values())
        raise PermanentError(f"{path.name}: one of {one} and {other} has a column weight, the other has not")
    return pa.concat_tables(tables)
