"""What is a quote in this file: does it enclose a cell, or is it a letter of the text?

CSV (RFC 4180) encloses; database exports and Amazon's review files in TSV quote nothing. Either rule reads most files of the
other without an error, and makes one review of two where a text begins with a quote and a later one ends with one. So both
are tried on the whole file, and what only one of them explains decides.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise, tee
from typing import Final, Literal

from reviewloop.config import Column
from reviewloop.core.delivery.columns import integer, is_integer

Meaning = Literal["enclosing", "letter", "unclear"]
_MAX_RAGGED_SHARE: Final = 0.05
"""Of lines, where quotes cannot enclose: a stray delimiter in a text is one bad row; in more of them, cells were enclosed."""


@dataclass
class Evidence:
    """What was seen of both readings. A *region* is a record of the enclosing reading whose cells the other one cuts elsewhere."""

    num_rows: int = 0
    """Of the enclosing reading, as far as it came."""
    num_lines: int = 0
    """Rows of the other: every line is one."""
    num_ragged: int = 0
    """Lines that are no row of this table: another number of cells than the header, or words where its integers stand."""
    num_letters: int = 0
    """Cells outside of regions whose quotes cannot enclose: one stands inside, or opens and does not close."""
    num_doubled: int = 0
    """Enclosed cells outside of regions with every quote inside doubled, as only a writer of enclosed cells does it."""
    num_enclosed: int = 0
    """Cells outside of regions that begin and end with a quote."""
    only_enclosing: int = 0
    """Regions that are a row if quotes enclose, and in which no line is one; the first alone is counted, and decides."""
    only_letter: int = 0
    """Regions that are no row if quotes enclose, and in which some line is one."""
    both: int = 0
    """Regions that are a row, and in which some line is one too: one reading makes one review of several."""
    counted: int = 0
    """Of ``both``, those whose lines and the next count their ids up by one: no chance, and no text made to look like rows."""
    region_line: int = 0
    """The line of the first region that speaks for letters, or could."""
    error: csv.Error | None = None
    """Why quotes cannot enclose; in the record after ``num_rows`` others, which begins on the line ``error_line``."""
    error_line: int = 0
    ends_inside: bool = False
    """The file ends on the very line on which that record begins, without a line end: it may be cut off."""

    def meaning(self) -> Meaning:
        """The verdict. ``unclear`` where no reading is without a fault, or both are."""
        if self.error is not None:
            return "letter" if self._letters_are_sound() else "unclear"
        written_bare = self.num_letters > 0 and self.num_doubled == 0 and 2 * self.num_enclosed <= self.num_lines
        in_doubt = self.only_letter + self.both
        if self.only_enclosing:
            # A text may be made to look like rows; where all else is enclosed soundly, that is what it is: a text.
            sound = self.only_letter == 0 and (self.both == 0 or self.num_letters == 0)
            return "enclosing" if sound else "unclear"
        if not in_doubt:
            return "letter" if written_bare else "enclosing"
        if self.num_doubled == 0 and (self.num_letters or self.only_letter or self.counted == self.both):
            return "letter"
        return "enclosing" if self.num_letters == 0 and self.only_letter == 0 and self.num_doubled else "unclear"

    def _letters_are_sound(self) -> bool:
        if self.only_enclosing or self.num_doubled or 2 * self.num_enclosed > self.num_lines:
            return False
        if self.ends_inside:  # its own last cell is no evidence
            return self.num_letters > 1 and self.num_ragged == 0
        return self.num_ragged == 0 or (self.num_letters > 0 and self.num_ragged <= _MAX_RAGGED_SHARE * self.num_lines)


class Scale:
    """Both readings of the lines after the header; ``line`` is the number of the next one.

    ``places`` are the header's: the contract's column that stands there, ``None`` where it names none.
    """

    def __init__(self, first_line: int, delimiter: str, quote: str, places: Sequence[Column | None]) -> None:
        self.line, self.delimiter, self.quote, self.width = first_line, delimiter, quote, len(places)
        self.integers = [place for place, column in enumerate(places) if column and column.type == "integer"]
        self._key = next((place for place, column in enumerate(places) if column and column.role == "key"), None)
        self._before: Sequence[str] = ()
        self._next_id: int | None = None
        self.found = Evidence()

    def weigh(self, lines: Iterator[str]) -> Evidence:
        """Read the ``lines``, from number ``line`` on, to their end."""
        found, (ahead, behind) = self.found, tee(lines)
        records, num_before = csv.reader(ahead, delimiter=self.delimiter, quotechar=self.quote, strict=True), 0
        try:
            for record in records:
                taken = tuple(islice(behind, records.line_num - num_before))  # the physical lines of the record
                num_before = records.line_num
                self.record(record, taken)
        except csv.Error as error:
            found.error, found.error_line = error, self.line
            taken = tuple(islice(behind, records.line_num - num_before))
            for line in chain(taken, behind):
                self._lone_line(line)
            whole = taken[-1].endswith(("\n", "\r"))
            found.ends_inside = len(taken) == 1 and not whole and "unexpected end" in str(error)
        return found

    def record(self, record: Sequence[str], lines: Sequence[str]) -> None:
        """One more record of the enclosing reading, and the lines that it stands in."""
        self._record(record, lines)
        self.line += len(lines)

    @property
    def asks_next(self) -> bool:
        """Whether the next record's id bears on the region before it."""
        return self._next_id is not None

    def pass_over(self, num_lines: int, last: str) -> None:
        """Go on behind ``num_lines`` lines that somebody else has counted; ``last`` is the last of them."""
        self.line += num_lines
        self._before = self.cells(last)

    def _record(self, record: Sequence[str], lines: Sequence[str]) -> None:
        found = self.found
        found.num_rows += bool(record)
        if len(lines) == 1 and self.quote not in lines[0]:
            found.num_lines += bool(record)
            found.num_ragged += bool(record) and len(record) != self.width
            self.count_on(record)
            return
        rows = [cells for line in lines if (cells := self.cells(line))]
        good = [self.is_row(cells) for cells in rows]
        found.num_lines += len(rows)
        found.num_ragged += good.count(False)
        if len(rows) == 1 and len(rows[0]) == len(record):
            self.count_on(rows[0])
            if good[0]:
                self._look_at(rows[0])
            return
        has_rows = any(good)
        is_known = not has_rows and found.only_enclosing > 0  # most records of most files, and no longer asked
        self._region(not is_known and self.is_row(record), rows, has_rows)

    def _region(self, is_row: bool, rows: Sequence[Sequence[str]], has_rows: bool) -> None:
        found = self.found
        if has_rows and not found.region_line:
            found.region_line = self.line
        found.only_enclosing |= is_row and not has_rows
        found.only_letter += has_rows and not is_row
        found.both += is_row and has_rows
        before = self._before
        self.count_on(rows[0])
        self._before = rows[-1]
        if is_row and has_rows:
            ids = [self._id(cells) for cells in (before, *rows)]
            if _is_count(ids if ids[0] is not None else ids[1:]):
                self._next_id = (ids[-1] or 0) + 1

    def _lone_line(self, line: str) -> None:
        """A line behind the place where quotes cannot enclose."""
        if not (cells := self.cells(line)):
            return
        self.found.num_lines += 1
        if self.is_row(cells):
            self._look_at(cells)
        else:
            self.found.num_ragged += 1

    def _look_at(self, cells: Iterable[str]) -> None:
        found, quote = self.found, self.quote
        for cell in cells:
            if quote not in cell:
                continue
            encloses = len(cell) > 1 and cell[0] == cell[-1] == quote
            found.num_enclosed += encloses
            if not encloses or quote in cell[1:-1].replace(quote * 2, ""):
                found.num_letters += 1
            else:
                found.num_doubled += quote in cell[1:-1]

    def cells(self, line: str) -> list[str]:
        """The line's cells if quotes are letters; a blank line has none."""
        plain = line.rstrip("\r\n")
        return plain.split(self.delimiter) if plain else []

    def is_row(self, cells: Sequence[str]) -> bool:
        """As many cells as the header, and integers in most of the columns that should hold some."""
        if len(cells) != self.width:
            return False
        return 2 * sum(is_integer(cells[place]) for place in self.integers) > len(self.integers)

    def _id(self, cells: Sequence[str]) -> int | None:
        return None if self._key is None or self._key >= len(cells) else integer(cells[self._key])

    def count_on(self, cells: Sequence[str]) -> None:
        """The first line of the next record: does it go on counting where the region before left off?"""
        if self._next_id is not None:
            self.found.counted += self._id(cells) == self._next_id
            self._next_id = None
        self._before = cells


def _is_count(ids: Sequence[int | None]) -> bool:
    return all(one is not None and one + 1 == other for one, other in pairwise(ids))
