"""Deliveries of any size: rows of a pool drawn anew, with fresh ids and texts that were not there before."""

import csv
import io
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from reviewloop_local.errors import LocalError
from reviewloop_local.sample.reviews import COLUMNS, make_reviews, to_csv_bytes

_CHUNK: Final = 100_000
_SAMPLE: Final = 4000


def read_pool(path: Path | None) -> pd.DataFrame:
    """The rows of the CSV ``path``, every cell as its text, or as many made-up ones. Raises ``LocalError`` for another file."""
    data = path.read_bytes() if path else to_csv_bytes(make_reviews(_SAMPLE))
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    if [cell.strip() for cell in rows[0]] != list(COLUMNS):
        raise LocalError(f"--csv: {path} has the columns {', '.join(rows[0])}; give a file with those of the sample reviews")
    return pd.DataFrame([row for row in rows[1:] if len(row) == len(COLUMNS)], columns=list(COLUMNS))


def write_delivery(pool: pd.DataFrame, num_rows: int, path: Path, seed: int = 0) -> None:
    """Write ``num_rows`` rows as the producer writes them; the same arguments give the same bytes.

    A text begins as the drawn row's does and ends like another's of the same rating, each cut between two words: so a day of
    a hundred times the pool repeats hardly a text, and its words, lengths and labels are those of the pool.
    """
    rng = np.random.default_rng(seed)
    ratings, words = pool["Rating"].to_numpy(), [text.split(" ") for text in pool["Review Text"]]
    alike: dict[str, list[int]] = defaultdict(list)
    for place, rating in enumerate(ratings):
        alike[rating].append(place)
    with path.open("wb") as sink:
        for first in range(0, num_rows, _CHUNK):
            drawn = rng.integers(len(pool), size=min(_CHUNK, num_rows - first))
            cuts = rng.random((len(drawn), 3))
            texts = []
            for place, (begin, end, other) in zip(drawn, cuts, strict=True):
                head, tails = words[place], alike[ratings[place]]
                tail = words[tails[int(other * len(tails))]] if len(head) > 1 else []
                texts.append(" ".join(head[: 1 + int(begin * (len(head) - 1))] + tail[int(end * len(tail)) :]))
            rows = pool.iloc[drawn].reset_index(drop=True)
            rows[""], rows["Review Text"] = range(first, first + len(drawn)), texts
            data = to_csv_bytes(rows)
            sink.write(data if first == 0 else data.split(b"\r\n", 1)[1])
