"""The words of many texts at once, as ``core.texts.normalise`` finds them one by one, and which texts surely can be read.

Texts in ASCII, most of them, lie one behind the other in one row of bytes, and numpy goes through all of them together.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.texts import normalise

Mask = npt.NDArray[np.bool_]
_BYTES: Final = 2**19
"""Of text that is gone through at once: so much stays in a processor's cache."""
_NUL, _SPACE = 0, ord(" ")
_WORD_BYTES: Final = bytes(
    at if at == _NUL else ord(char.lower()) if char.isascii() and char.isalnum() else _SPACE
    for at, char in enumerate(map(chr, range(256)))
)
_DEALT: Final = ("eslgzj", "tihywx", "andpbq", "orumfcvk")
"""The letters in four heaps of which each has about a quarter of an English text: none holds more than the commonest may."""
_BITS, _MOST = 16, 2**16
_HEAPS: Final = np.array(
    [sum((chr(at) in heap) << (_BITS * place) for place, heap in enumerate(_DEALT)) for at in range(256)], np.uint64
)
"""What a letter adds to the counts of all four heaps, side by side in one number."""
_LONGEST: Final = 8
"""Letters of a word that fits one number."""


@dataclass(frozen=True)
class Said:
    """``words``: of each text its normalised bytes, and a NUL behind them; nothing in place of a text that is not plain.

    Plain are texts in ASCII without a NUL. ``sizes`` are the bytes of the texts themselves.
    """

    words: bytes
    is_plain: Mask
    sizes: npt.NDArray[np.int64]


def as_arrow(texts: "pd.Series[Any]") -> Any:
    """The texts as one Arrow array of strings."""
    import pyarrow as pa

    found = pa.array(texts, pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def listen(texts: "pd.Series[Any]") -> Said:
    """What the ``texts`` say, none of which is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = as_arrow(texts)
    sizes = pc.binary_length(array).to_numpy()
    is_plain = _mask(pc.and_not(pc.string_is_ascii(array), pc.match_substring(array, "\0")))
    if not is_plain.all():
        array = pc.if_else(pa.array(is_plain), array, pa.scalar("", array.type))
    pieces = []
    step = max(1, _BYTES * len(array) // max(1, int(sizes.sum())))
    for first in range(0, len(array), step):
        joined = pc.binary_join_element_wise(array.slice(first, step), pa.scalar("", array.type), pa.scalar("\0", array.type))
        pieces.append(_words(joined.buffers()[2].to_pybytes()))
    return Said(b"".join(pieces), is_plain, sizes)


def _words(texts: bytes) -> bytes:
    """Words in lower case with one space between them."""
    octets = np.frombuffer(texts.translate(_WORD_BYTES), np.uint8)
    is_kept = octets != _SPACE
    is_kept[1:] |= octets[:-1] > _SPACE  # the first of several; the last one is none between words where a text ends behind it
    words: bytes = octets[is_kept].tobytes()
    return words.replace(b" \0", b"\0")


def normalised(said: Said, texts: "pd.Series[Any]") -> list[bytes]:
    """``normalise`` of each of the ``texts``, in UTF-8."""
    found = said.words.split(b"\0")[:-1]
    for place in np.flatnonzero(~said.is_plain).tolist():
        found[place] = normalise(texts.iloc[place]).encode()
    return found


def surely_readable(
    said: Said,
    common: Collection[str],
    *,
    min_letter_share: float,
    max_char_share: float,
    min_common_word_share: float,
    min_words: int,
) -> Mask:
    """Texts of which counts alone say that ``readability.why_unreadable`` finds nothing; of the others it has to be asked.

    Counted are letters, of which at least as many are seen as there are; bytes, of which at most as many are seen; and heaps of
    letters, none of which its commonest letter outnumbers. So shares are no better here than there.
    """
    octets = np.frombuffer(said.words, np.uint8)
    behind = np.flatnonzero(octets == _NUL) + 1
    found, first = np.zeros(len(behind), bool), 0
    while first < len(behind):
        begin = int(behind[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(behind, begin + _BYTES, side="right")))
        here, part = slice(first, last), octets[begin : int(behind[last - 1])]
        heaps, num_words, num_common = _counted(part, frozenset(common))
        sizes, num_letters = said.sizes[here], heaps.sum(axis=1)
        commonest = np.maximum(heaps.max(axis=1), sizes - num_letters)
        some, words = np.maximum(num_letters, 1), np.maximum(num_words, 1)
        found[here] = (num_letters > 0) & (sizes < _MOST) & said.is_plain[here]
        found[here] &= (num_letters / np.maximum(sizes, 1) >= min_letter_share) & (commonest / some <= max_char_share)
        found[here] &= (num_words < min_words) | (num_common / words >= min_common_word_share)
        first = last
    return found


def _counted(octets: npt.NDArray[np.uint8], common: frozenset[str]) -> tuple[npt.NDArray[np.int64], ...]:
    """Of each text: the letters of each heap, the words, and at least some of those that are ``common``: all that are short."""
    ends = np.flatnonzero(octets <= _SPACE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    last = np.flatnonzero(octets[ends] == _NUL)
    first = np.concatenate([[0], last[:-1] + 1])
    sums = np.add.reduceat(_HEAPS[octets], starts[first])
    heaps = (sums[:, np.newaxis] >> np.arange(0, 4 * _BITS, _BITS, dtype=np.uint64)) & np.uint64(_MOST - 1)
    table, factor, shift, longest = _known(common)
    sizes = ends - starts
    short = np.flatnonzero((sizes > 0) & (sizes <= longest))
    padded = np.concatenate([octets, np.zeros(_LONGEST, np.uint8)])
    eights = np.ndarray(len(octets), "<u8", padded, strides=(1,))  # the eight bytes from each place on
    words = eights[starts[short]] & _FRONT[sizes[short]]
    is_common = np.zeros(len(ends), np.int8)
    is_common[short] = table[(words * factor) >> shift] == words
    return heaps.astype(np.int64), last - first + 1, np.add.reduceat(is_common, first, dtype=np.int64)


_FRONT: Final = np.array([2 ** (8 * size) - 1 for size in range(_LONGEST + 1)], np.uint64)
"""A mask for the first bytes of eight."""


@lru_cache(maxsize=4)
def _known(common: frozenset[str]) -> tuple[npt.NDArray[np.uint64], np.uint64, np.uint64, int]:
    """The words that fit a number in a table without collisions: each lies at its number, times a factor, shifted."""
    told = sorted(word.encode() for word in common if word and word.isascii() and len(word) <= _LONGEST)
    words = np.array([int.from_bytes(word, "little") for word in told], np.uint64)
    num_bits = max(8, 2 * len(words).bit_length())
    shift = np.uint64(64 - num_bits)
    rng = np.random.default_rng(0)
    while True:
        factor = rng.integers(2**63, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        places = (words * factor) >> shift
        if len(set(places.tolist())) == len(words):
            break
    table = np.full(2**num_bits, np.iinfo(np.uint64).max)  # no word: no byte of ASCII is 255
    table[places] = words
    return table, factor, shift, max(map(len, told), default=0)


def _mask(array: Any) -> Mask:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)
