"""What quotes mean in a block of delimited text: numpy looks for their places, and no line is read by itself.

For *regular* text: every quote opens a cell as its first character, closes one as its last, or is one of two inside; lines end
in ``\\n`` or ``\\r\\n``. A strict reader of CSV cuts such text where the quotes before a place are even in number, so that places
can be counted instead of read. The first block that is not regular ends it: ``dialect.Scale`` reads on, line by line.
"""

import csv
import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.delivery.columns import PLAIN_DIGITS
from reviewloop.core.delivery.dialect import Scale

_BYTES: Final = 2**20
_OTHER, _DELIMITER, _QUOTE, _RETURN, _LINE = range(5)
_NEW_LINE: Final = ord("\n")

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def weigh_regular(scale: Scale, raw: io.RawIOBase, longest: int) -> bool:
    """Weigh the lines of ``raw`` from ``scale.line`` on, as far as they are regular and no record is longer than ``longest`` bytes.

    Returns whether that was all of them; if not, ``scale.line`` is the first of the others.
    """
    ahead, num_behind = b"", scale.line - 1
    while True:
        data = raw.read(_BYTES) or b""
        text, is_last = ahead + data, not data
        if num_behind:
            first = _behind(text, num_behind)
            if first is None:
                if is_last or len(text) > longest:
                    return False
                ahead = text
                continue
            text, num_behind = text[first:], 0
        if is_last and text and not text.endswith(b"\n"):
            text += b"\n"
        block = _cut(text, scale.delimiter, scale.quote)
        if block is None or block.longest > longest:
            return False
        if block.end:
            _weigh(scale, text, block)
        ahead = text[block.end :]
        if is_last or len(ahead) > longest:
            return not ahead


def _behind(text: bytes, num_lines: int) -> int | None:
    """The place behind so many lines; ``None`` where they are not there, or not regular."""
    place = 0
    for _ in range(num_lines):
        place = text.find(b"\n", place) + 1
        if not place:
            return None
    return None if b"\r" in text[:place].replace(b"\r\n", b"") else place


@dataclass(frozen=True)
class _Block:
    """Where a block's lines and records lie. Lines are numbered within it, and so are records."""

    end: int
    """Its bytes: the last whole record ends there."""
    starts: Places
    stops: Places
    """Of each line, without its end."""
    splits: Places
    """Of each line: cells, if every delimiter ends one."""
    first: Places
    last: Places
    """Lines of each record."""
    cells: Places
    """Of each record."""
    num_quotes: Places
    """In each record."""
    delimiters: Places
    """Where they stand."""
    opening: Places
    """Where quotes open a cell, or stand second of two inside."""

    @property
    def longest(self) -> int:
        """Bytes of the longest record."""
        return int((self.stops[self.last] - self.starts[self.first]).max(initial=0))


def _cut(text: bytes, delimiter: str, quote: str) -> _Block | None:
    """The block of whole records at the beginning of ``text``; ``None`` where it is not regular."""
    kinds, goes_before, goes_behind = _tables(delimiter, quote)
    octets = np.frombuffer(text, np.uint8)
    kind = kinds[octets]
    at = np.flatnonzero(kind)
    kind = kind[at]
    before = np.cumsum(kind == _QUOTE)
    ends = np.flatnonzero((kind == _LINE) & (before % 2 == 0))
    upto = int(ends[-1]) + 1 if len(ends) else 0
    at, kind, before = at[:upto], kind[:upto], before[:upto]
    quotes = np.flatnonzero(kind == _QUOTE)
    is_open, place = before[quotes] % 2 == 1, at[quotes]
    previous = np.where(place > 0, octets[place - 1], _NEW_LINE)
    is_sound = np.where(is_open, goes_before[previous], goes_behind[octets[place + 1]]) if len(place) else is_open
    returns = at[kind == _RETURN]
    if not is_sound.all() or (len(returns) and not (octets[returns + 1] == _NEW_LINE).all()):
        return None
    is_line, is_delimiter = kind == _LINE, kind == _DELIMITER
    line_ends = at[is_line]
    starts = np.concatenate([[0], line_ends[:-1] + 1]) if len(line_ends) else line_ends
    stops = line_ends - ((line_ends > starts) & (octets[line_ends - 1] == ord("\r"))) if len(line_ends) else line_ends
    last = np.flatnonzero(before[is_line] % 2 == 0)
    return _Block(
        end=int(at[-1]) + 1 if upto else 0,
        starts=starts,
        stops=stops,
        splits=np.diff(np.cumsum(is_delimiter)[is_line], prepend=0) + 1,
        first=np.concatenate([[0], last[:-1] + 1]) if len(last) else last,
        last=last,
        cells=np.diff(np.cumsum(is_delimiter & (before % 2 == 0))[is_line][last], prepend=0) + 1,
        num_quotes=np.diff(before[is_line][last], prepend=0),
        delimiters=at[is_delimiter],
        opening=place[is_open],
    )


def _tables(delimiter: str, quote: str) -> tuple[npt.NDArray[np.uint8], Mask, Mask]:
    """Of each byte: its kind, whether it may stand before a quote that opens, and behind one that closes."""
    kinds = np.zeros(256, np.uint8)
    for char, kind in ((delimiter, _DELIMITER), (quote, _QUOTE), ("\r", _RETURN), ("\n", _LINE)):
        kinds[ord(char)] = kind
    return kinds, np.isin(kinds, [_DELIMITER, _QUOTE, _LINE]), kinds != _OTHER


def _weigh(scale: Scale, text: bytes, block: _Block) -> None:
    """Show the block to the scale: all records at once but those in which some line may be a row of its own."""
    found, first, last = scale.found, block.first, block.last
    is_blank = block.stops == block.starts
    is_alone = first == last
    is_bare = is_alone & (block.num_quotes == 0)
    is_even = is_alone & ~is_bare & (block.splits[first] == block.cells)
    is_region = ~is_bare & ~is_even
    by_itself = is_region & np.logical_or.reduceat((block.splits == scale.width) & ~is_blank, first)
    some = is_bare & ~is_blank[first]
    found.num_rows += int(np.count_nonzero(some | (~is_bare & ~by_itself)))
    found.num_lines += int(np.count_nonzero(some))
    found.num_ragged += int(np.count_nonzero(some & (block.cells != scale.width)))
    _weigh_even(scale, text, block, np.flatnonzero(is_even))
    regions = np.flatnonzero(is_region & ~by_itself)
    num_lines = int(np.add.reduceat((~is_blank).astype(np.int64), first)[regions].sum())
    found.num_lines += num_lines
    found.num_ragged += num_lines
    if not found.only_enclosing:  # the first decides, and most files have one at once
        found.only_enclosing = int(any(scale.is_row(_record(scale, _lines(text, block, place))) for place in regions))
    _weigh_alone(scale, text, block, np.flatnonzero(by_itself))


def _weigh_even(scale: Scale, text: bytes, block: _Block, records: Places) -> None:
    """Records of one line, with quotes, that have the same cells whether quotes enclose or not."""
    found, lines = scale.found, block.first[records]
    is_good = np.zeros(len(block.starts), bool)
    wide = lines[block.splits[lines] == scale.width]
    is_good[wide] = _are_rows(scale, text, block, wide)
    found.num_lines += len(lines)
    found.num_ragged += len(lines) - int(np.count_nonzero(is_good))
    opening = block.opening
    if not len(opening):
        return
    octets = np.frombuffer(text, np.uint8)
    is_second = (opening > 0) & (octets[opening - 1] == ord(scale.quote))
    begins_doubled = is_second & ~np.concatenate([[False], is_second[:-1]])
    is_seen = is_good[np.searchsorted(block.starts, opening, side="right") - 1]
    found.num_enclosed += int(np.count_nonzero(is_seen & ~is_second))
    found.num_doubled += int(np.count_nonzero(is_seen & begins_doubled))


def _are_rows(scale: Scale, text: bytes, block: _Block, lines: Places) -> Mask:
    """``Scale.is_row`` of lines that have as many cells as the header."""
    if not len(lines):
        return np.zeros(0, bool)
    octets = np.frombuffer(text, np.uint8)
    until = np.cumsum(block.splits - 1)
    ends = np.empty((len(lines), scale.width), np.int64)
    ends[:, :-1] = block.delimiters[(until - block.splits + 1)[lines, np.newaxis] + np.arange(scale.width - 1)]
    ends[:, -1] = block.stops[lines]
    begins = np.concatenate([block.starts[lines, np.newaxis], ends[:, :-1] + 1], axis=1)
    num_plain = np.zeros(len(lines), np.int64)
    for place in scale.integers:
        begin, size = begins[:, place], ends[:, place] - begins[:, place]
        is_plain = (size > 0) & (size <= PLAIN_DIGITS)
        for at in range(int(size[is_plain].max(initial=0))):
            digit = octets[np.minimum(begin + at, len(octets) - 1)] - np.uint8(ord("0"))
            is_plain &= (digit <= 9) | (at >= size)
        num_plain += is_plain
    is_row: Mask = 2 * num_plain > len(scale.integers)
    for other in np.flatnonzero(~is_row):  # other ways to write an integer
        is_row[other] = scale.is_row(scale.cells(_line(text, block, int(lines[other]))))
    return is_row


def _weigh_alone(scale: Scale, text: bytes, block: _Block, records: Places) -> None:
    """These ``records`` one by one, and of the record behind one of them its id, where it bears on it."""
    done = 0
    for place in records.tolist():
        begin = int(block.first[place])
        if scale.asks_next and begin > done:
            scale.count_on(scale.cells(_line(text, block, done)))
        if begin > done:
            scale.pass_over(begin - done, _line(text, block, begin - 1))
        lines = _lines(text, block, place)
        scale.record(_record(scale, lines), lines)
        done = int(block.last[place]) + 1
    if done < len(block.starts):
        if scale.asks_next:
            scale.count_on(scale.cells(_line(text, block, done)))
        scale.pass_over(len(block.starts) - done, _line(text, block, len(block.starts) - 1))


def _line(text: bytes, block: _Block, line: int) -> str:
    return text[int(block.starts[line]) : int(block.stops[line])].decode()


def _lines(text: bytes, block: _Block, record: Any) -> list[str]:
    return [f"{_line(text, block, line)}\n" for line in range(int(block.first[record]), int(block.last[record]) + 1)]


def _record(scale: Scale, lines: list[str]) -> list[str]:
    return next(csv.reader(lines, delimiter=scale.delimiter, quotechar=scale.quote, strict=True))
