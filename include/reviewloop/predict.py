"""Read a file of reviews: ``python -m reviewloop predict reviews.csv`` writes ``reviews.predicted.csv`` beside it.

Every row comes back as it was, in its order, with the sentiment, the three probabilities and what to know of the text (``notes``).
A text that a spreadsheet would take for a formula has an apostrophe in front, as in ``query``. A row without a text has none of
them. The file appears when it is whole. Exit status: 0 done, 1 failed, 2 misused.
"""

import argparse
import csv
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from reviewloop.errors import PermanentError, ReviewloopError

if TYPE_CHECKING:
    from collections.abc import Collection

    from reviewloop.models.predictor import Predictor

TEXTS: Final = ("text", "Review Text")
"""Columns that are taken for the text where none is named, the first that is there; then the same for the title."""
TITLES: Final = ("title", "Title")
CHUNK_ROWS: Final = 512
MAX_CELL: Final = 1_000_000
"""Characters."""
EVERY_SECONDS: Final = 5.0
"""Between two lines of progress."""


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop predict", description=__doc__, formatter_class=layout)
    parser.add_argument("file", type=Path, help="CSV in UTF-8 with a header")
    parser.add_argument("--text", metavar="COLUMN", help=f"the column of the review (default: {' or '.join(TEXTS)})")
    parser.add_argument("--title", metavar="COLUMN", help=f"the column of its headline, if any (default: {' or '.join(TITLES)})")
    parser.add_argument("--model", metavar="FOLDER", type=Path, help="a model's folder (default: the champion, from the lake)")
    parser.add_argument("--to", metavar="FILE", type=Path, help="where to write (default: FILE.predicted.csv beside it)")
    return parser


@dataclass(frozen=True)
class _Model:
    version: str
    predictor: "Predictor"
    words: "Collection[str] | None"


def main(arguments: Sequence[str]) -> int:
    """Read the file that ``arguments`` name; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        target = _target(chosen.file, chosen.to)
        with _opened(chosen.file) as source:
            rows = csv.reader(source, strict=True)
            header = _header(chosen.file, rows)
            text, title = _columns(header, chosen.text, chosen.title)
            num_rows = _write(chosen.file, rows, header, (text, title), target, _load(chosen.model))
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write(f"{target}: {num_rows:,} rows\n")
    return 0


def _target(file: Path, to: Path | None) -> Path:
    """Where to write. What cannot be is said before a model reads for an hour."""
    if file.is_dir():
        raise PermanentError(f"{file}: is a folder; give a CSV file")
    target = to or file.with_name(f"{file.stem}.predicted.csv")
    if target.is_dir():
        raise PermanentError(f"--to: {target}: is a folder; name a file in it")
    if target.resolve() == file.resolve():
        raise PermanentError(f"--to: {target}: is the file itself; name another")
    return target


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    csv.field_size_limit(MAX_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            yield source
    except OSError as error:
        raise PermanentError(f"{error.filename or path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise PermanentError(f"{path}: is not UTF-8 ({error.reason}); save it as UTF-8") from None
    except csv.Error as error:
        raise PermanentError(f"{path}: is not CSV: {error}") from None


def _header(path: Path, rows: Iterator[list[str]]) -> list[str]:
    header = next(rows, [])
    if not any(name.strip() for name in header):
        raise PermanentError(f"{path}: has no header in its first line")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise PermanentError(f"{path}: the column {twice[0]!r} is there twice")
    taken = [name for name in _made() if name in header]
    if taken:
        raise PermanentError(f"{path}: has a column {taken[0]!r} already, which is to be written; rename it")
    return header


def _columns(header: Sequence[str], text: str | None, title: str | None) -> tuple[int, int | None]:
    """Places of the two columns."""
    known = ", ".join(map(repr, header))
    for option, name in (("--text", text), ("--title", title)):
        if name is not None and name not in header:
            raise PermanentError(f"{option}: no column {name!r}; the file has {known}")
    found = text or next((name for name in TEXTS if name in header), None)
    if found is None:
        raise PermanentError(f"no column {' or '.join(TEXTS)}; name the review's with --text, the file has {known}")
    headline = title or next((name for name in TITLES if name in header), None)
    return header.index(found), None if headline is None else header.index(headline)


def _load(folder: Path | None) -> _Model:
    from reviewloop.models.predictor import load_predictor

    if folder is not None:
        if not folder.is_dir():
            raise PermanentError(f"--model: {folder}: is no folder; give one that holds a model.json")
        try:
            return _Model(folder.name, load_predictor(folder), None)
        except ReviewloopError:
            raise
        except Exception as error:  # whatever its library says of files that are none of its
            told = next(iter(str(error).splitlines()), "no words")
            raise PermanentError(f"--model: {folder}: cannot be loaded: {type(error).__name__}: {told}") from None
    import json

    from reviewloop.adapters.lake import artifacts
    from reviewloop.adapters.lake.model_store import fetch_predictor
    from reviewloop.adapters.mlflow.tags import Tag
    from reviewloop.adapters.release.champion import answering

    champion = answering()
    if champion is None:
        raise PermanentError("there is no champion yet; sentiment_release makes the first one, or give --model FOLDER")
    features = champion.tags.get(Tag.FEATURES_URI)
    words = frozenset(json.loads(artifacts.open_artifact(features).read("vocabulary.json"))) if features else None
    return _Model(champion.version, fetch_predictor(champion.source, champion.digest), words)


def _made() -> list[str]:
    """The columns that are added."""
    from reviewloop.core.reviews import SENTIMENTS

    return ["sentiment", *SENTIMENTS, "notes", "model"]


def _write(
    path: Path, rows: Iterator[list[str]], header: Sequence[str], places: tuple[int, int | None], target: Path, model: _Model
) -> int:
    """All rows, by way of a temporary file beside ``target``; returns how many."""
    from reviewloop.core.formulas import defused

    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    num_rows, told = 0, time.monotonic()
    try:
        with temporary.open("w", encoding="utf-8", newline="") as sink:
            writer = csv.writer(sink)
            writer.writerow([defused(name) for name in [*header, *_made()]])
            for chunk in _chunks(path, rows, len(header)):
                for row, answer in zip(chunk, _answers(chunk, places, model), strict=True):
                    writer.writerow([defused(cell) for cell in [*row, *answer]])
                num_rows += len(chunk)
                if time.monotonic() - told > EVERY_SECONDS:
                    told = time.monotonic()
                    sys.stderr.write(f"{num_rows:,} rows\n")
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return num_rows


def _chunks(path: Path, rows: Iterator[list[str]], width: int) -> Iterator[list[list[str]]]:
    chunk: list[list[str]] = []
    for number, row in enumerate(rows, start=1):
        if not row:
            continue  # an empty line
        if len(row) != width:
            raise PermanentError(f"{path}: row {number} has {len(row)} cells, the header {width}")
        chunk.append(row)
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _answers(chunk: Sequence[Sequence[str]], places: tuple[int, int | None], model: _Model) -> list[list[str]]:
    """The added cells of each row. Raises ``PermanentError`` where the model gives no probabilities."""
    import numpy as np

    from reviewloop.core.familiarity import notes
    from reviewloop.core.formulas import as_written
    from reviewloop.core.reviews import SENTIMENTS
    from reviewloop.core.texts import model_text
    from reviewloop.core.visibility import can_be_seen

    text, title = places
    asked: Mapping[int, str] = {
        number: model_text(None if title is None else as_written(row[title]), as_written(row[text]))
        for number, row in enumerate(chunk)
        if can_be_seen(row[text])
    }
    answers = [[""] * len(_made()) for _ in chunk]
    found = model.predictor.predict_proba(list(asked.values()))
    if not np.isfinite(found).all():
        raise PermanentError(f"model {model.version}: not finite: it gave no probabilities for some of {len(found)} texts")
    for (number, whole), shares in zip(asked.items(), found, strict=True):
        label = SENTIMENTS[int(shares.argmax())]
        answers[number] = [label, *(f"{share:.6f}" for share in shares), " ".join(notes(whole, model.words)), model.version]
    return answers
