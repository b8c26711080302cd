"""Texts to the ids that an encoder reads, without reading more of a text than it will."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from reviewloop.models.reader import Prepared

if TYPE_CHECKING:
    from tokenizers import Encoding
    from tokenizers import Tokenizer as FastTokenizer

HEAD_CHARACTERS: Final = 8
"""Characters a token of the head of a text that is tried first; English has 4 to 5."""
_SPACE: Final = re.compile(r"\s")


@dataclass(frozen=True)
class TokenReader:
    """A fast tokenizer that cuts to ``max_seq_length``, special tokens kept; it pads nothing."""

    fast: "FastTokenizer"
    max_seq_length: int

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """Ids of each text, int64."""
        encodings = self.fast.encode_batch([self._head(text) for text in texts])
        found = []
        for text, encoding in zip(texts, encodings, strict=True):
            ids = np.asarray(self._whole(text, encoding).ids, dtype=np.int64)
            found.append(Prepared(ids, len(ids)))
        return found

    def _head(self, text: str) -> str:
        """The text up to some white space, where it is much longer than what will be read of it.

        No tokenizer of the encoders joins what white space parts, so the head's tokens are the text's first ones.
        """
        limit = self.max_seq_length * HEAD_CHARACTERS
        space = _SPACE.search(text, limit) if len(text) > limit else None
        return text[: space.start()] if space else text

    def _whole(self, text: str, encoding: "Encoding") -> "Encoding":
        """The head's encoding where something of it was cut off; else there may be room for more of the text."""
        if encoding.overflowing or len(self._head(text)) == len(text):
            return encoding
        return self.fast.encode(text)


def load_token_reader(folder: Path, max_seq_length: int) -> TokenReader:
    """The tokenizer of a model folder."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # a fork after its threads have started would hang
    from tokenizers import Tokenizer

    fast = Tokenizer.from_file(str(folder / "tokenizer.json"))
    fast.no_padding()
    fast.enable_truncation(max_seq_length)
    return TokenReader(fast, max_seq_length)
