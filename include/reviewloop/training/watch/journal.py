"""The files of the watch folder: whole lines are appended, and after a resume those past the resumed step are cut off."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from reviewloop.core.watch_rules import RULES
from reviewloop.core.watch_rules.records import (
    FILES,
    EpochRecord,
    Finding,
    Record,
    StepRecord,
    StepWindow,
    SystemReading,
    TensorRecord,
    read_records,
    to_line,
)

R = TypeVar("R", bound=Record | Finding)
_OF_THE_MACHINE: Final = {name for name, rule in RULES.items() if SystemReading in rule.reads}


class Journal:
    """Appends records to files of ``folder``, which it makes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def append(self, record: Record | Finding) -> None:
        """One line at the end of the record's file, in one write."""
        with (self._folder / FILES[type(record)]).open("ab") as sink:
            sink.write(to_line(record))

    def resume(self, step: int) -> tuple[list[StepRecord], list[Finding]]:
        """Drop what was written after ``step`` steps; returns the records of steps and epochs that stay, and the findings.

        Readings of the machine stay, and so do the findings made of them: a training that goes on will not see again what
        was there before the kill, and that may be its reason.
        """
        self._keep(SystemReading, lambda _: True)
        records: list[StepRecord] = [
            *self._keep(StepWindow, lambda record: record.step <= step),
            *self._keep(TensorRecord, lambda record: record.step <= step),
            *self._keep(EpochRecord, lambda record: record.step <= step),
        ]
        return records, self._keep(Finding, lambda found: found.step <= step or found.rule in _OF_THE_MACHINE)

    def _keep(self, kind: type[R], wanted: Callable[[R], bool]) -> list[R]:
        """Rewrite the file of ``kind`` with its whole and wanted lines, which are returned."""
        path = self._folder / FILES[kind]
        if not path.exists():
            return []
        before = path.read_bytes()
        found = [record for record in read_records(kind, before) if wanted(record)]
        after = b"".join(map(to_line, found))
        if after != before:
            temporary = path.with_name(f".{path.name}.tmp")
            temporary.write_bytes(after)
            temporary.replace(path)
        return found
