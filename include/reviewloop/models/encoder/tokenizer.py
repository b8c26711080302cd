"""The tokenizer of a pretrained encoder, by the same names that the fine-tune uses for its weights."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.digests import bytes_digest
from reviewloop.errors import ConfigError
from reviewloop.models.encoder.pretrained import CONFIG, FIELD, TOKENIZER, fetched

if TYPE_CHECKING:
    from tokenizers import Tokenizer as FastTokenizer

_PIECE: Final = 2048
"""Texts that are read together."""


@dataclass(frozen=True)
class Tokenizer:
    """A fast tokenizer, free of any padding or truncation that its file carries."""

    model: str
    digest: str
    """SHA-256 of ``tokenizer.json``: token ids are comparable only under the same one."""
    max_positions: int
    """The most tokens the encoder can read, special ones included."""
    fast: "FastTokenizer"

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included, untruncated."""
        self.fast.no_truncation()
        return [len(ids) for ids in self._ids(texts)]

    def token_ids(self, texts: Sequence[str], max_seq_length: int) -> list[NDArray[np.int32]]:
        """Ids of each text, cut to ``max_seq_length`` with the special tokens kept, unpadded.

        Raises ``ConfigError`` when the encoder cannot read that many.
        """
        if max_seq_length > self.max_positions:
            allowed = f"{self.model} reads at most {self.max_positions} tokens"
            raise ConfigError(f"features.seq_lengths: {max_seq_length}: {allowed}; leave out what is longer")
        self.fast.enable_truncation(max_seq_length)
        return [np.asarray(ids, dtype=np.int32) for ids in self._ids(texts)]

    def _ids(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """A piece at a time: what a tokenizer tells of a text takes some hundred bytes a token."""
        for at in range(0, len(texts), _PIECE):
            for encoding in self.fast.encode_batch(list(texts[at : at + _PIECE])):
                yield encoding.ids


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ConfigError(f"{FIELD}: {folder} holds no {name}; save a fast tokenizer and the config there")
    return path


@lru_cache(maxsize=2)
def load_tokenizer(model: str) -> Tokenizer:
    """The tokenizer of ``model``, named as ``fetched`` takes it. Raises ``ConfigError`` when there is none."""
    from tokenizers import Tokenizer as FastTokenizer

    folder = fetched(model, (CONFIG, *TOKENIZER))
    path = _file(folder, "tokenizer.json")
    config = json.loads(_file(folder, CONFIG).read_bytes())
    fast = FastTokenizer.from_file(str(path))
    fast.no_padding()
    # RoBERTa and its kin count positions from pad_token_id + 1: two of their 514 are never used.
    offset = config.get("pad_token_id", 0) + 1 if "roberta" in config.get("model_type", "") else 0
    return Tokenizer(model, bytes_digest(path.read_bytes()), int(config["max_position_embeddings"]) - offset, fast)
