"""Put reviews where a producer would: one object a day in the inbox, the same bytes every time.

A file of reviews has no dates, so it is replayed: most of it as one history delivery, the rest as three daily ones.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from reviewloop.adapters.lake import places, s3
from reviewloop.config import Config, load_config
from reviewloop_local.errors import LocalError

HISTORY_DAY = "2026-01-01"
DAILY = ("2026-01-02", "2026-01-03", "2026-01-04")
DAY_ROWS = 200
"""Rows of a daily delivery; a tenth of the file where that is less."""
MIN_ROWS = 500
"""Below this a daily delivery is too small for the gates to judge."""

Row = list[str]


@dataclass(frozen=True)
class Delivery:
    """One day's object."""

    day: str
    data: bytes
    name: str = "reviews.csv"
    num_rows: int | None = None
    """Data rows, where they were counted."""

    @property
    def digest(self) -> str:
        """SHA-256 of the object."""
        return sha256(self.data).hexdigest()

    @property
    def declared(self) -> dict[str, str]:
        """What a producer may declare of the object, as its metadata: ingest refuses what does not match."""
        return {"sha256": self.digest} | ({} if self.num_rows is None else {"rows": str(self.num_rows)})


def read_reviews(path: Path, config: Config) -> bytes:
    """The file's bytes. Raises ``LocalError`` when it is not there or lacks a column that the dataset's configuration names."""
    require_file(path)
    data = path.read_bytes()
    header, _ = parse(data, str(path))
    missing = [name for name in config.contract.headers().values() if name not in header]
    if missing:
        names = ", ".join(repr(name) for name in missing)
        raise LocalError(f"CSV: {path.name} lacks the column(s) {names}; it has {', '.join(repr(name) for name in header)}")
    return data


def require_file(path: Path) -> None:
    """Raises ``LocalError`` where there is no file at ``path``."""
    if not path.is_file():
        raise LocalError(f"CSV: {str(path)!r} is not a file; give the path of the review file, quoted if it holds spaces")


def parse(data: bytes, name: str) -> tuple[Row, list[Row]]:
    """Header and rows, cells untouched. Raises ``LocalError`` where the file is not UTF-8 or a quoted cell never closes."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise LocalError(f"CSV: {name} is not UTF-8 at byte {error.start}") from None
    except csv.Error as error:
        raise LocalError(f"CSV: {name} is not whole: {error}") from None
    if len(rows) <= MIN_ROWS:
        raise LocalError(f"CSV: {name} holds {max(len(rows) - 1, 0)} rows; the replay needs at least {MIN_ROWS}")
    return rows[0], rows[1:]


def split(data: bytes, name: str, config: Config) -> tuple[Delivery, ...]:
    """The history delivery, then the daily ones. Rows are shuffled by a hash of their id, so that equal files split equally."""
    header, rows = parse(data, name)
    id_cell = header.index(config.contract.headers()["review_id"])
    order = sorted(range(len(rows)), key=lambda at: (_hash(rows[at], id_cell), at))
    size = min(DAY_ROWS, len(rows) // 10)
    num_history = len(rows) - size * len(DAILY)
    bounds = [0, *(num_history + size * count for count in range(len(DAILY) + 1))]
    days = (HISTORY_DAY, *DAILY)
    return tuple(
        Delivery(day, _written(header, [rows[at] for at in order[low:high]]))
        for day, (low, high) in zip(days, pairwise(bounds), strict=True)
    )


def deliver(delivery: Delivery, config: Config) -> bool:
    """Put the object into the day's inbox, in the place of any other; False when it lies there already, byte for byte."""
    inbox = places.inbox(config.dataset.inbox_prefix, delivery.day, "")
    uri, there = f"{inbox}{delivery.name}", list(s3.list_uris(inbox))
    if there == [uri] and s3.read_bytes(uri) == delivery.data:
        return False
    for other in there:
        if other != uri:
            s3.remove(other)  # two objects of one day would be refused
    s3.write_bytes(uri, delivery.data, metadata=delivery.declared)
    return True


def reviews(csv_path: str) -> tuple[Delivery, ...]:
    """The deliveries of the file, or of the made-up sample when no file is named.

    Raises ``LocalError`` where the file cannot be replayed, or the sample is of another dataset than the profile.
    """
    from reviewloop_local.sample.dataset import require_dataset
    from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

    config = load_config()
    if csv_path:
        return split(read_reviews(Path(csv_path).expanduser(), config), csv_path, config)
    require_dataset('give a file of its reviews: make run CSV="path/to/reviews.csv"')
    return split(to_csv_bytes(make_reviews()), "the sample", config)


def _hash(row: Sequence[str], id_cell: int) -> str:
    return sha256((row[id_cell] if id_cell < len(row) else "").encode()).hexdigest()


def _written(header: Row, rows: list[Row]) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink, lineterminator="\n").writerows([header, *rows])
    return sink.getvalue().encode()
