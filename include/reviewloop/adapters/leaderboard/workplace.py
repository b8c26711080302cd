"""What the tasks of one leaderboard share: its rows, which each takes from the snapshot, and where a machine works at it.

No copy of the rows stays: folds are kept in the lake by place, and the file that the programs read lies in the work folder until
the board is made.
"""

import io
import os
import re
import shutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from time import time
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.config import load_config
from reviewloop.core.dataset.folds import folds_of, near_copy_groups, require_every_sentiment
from reviewloop.core.dataset.provenance import is_labelled_by_people, with_provenance
from reviewloop.core.dataset.splits import Part
from reviewloop.core.leaderboard.open_rows import open_rows
from reviewloop.core.statistics.metrics import Ints
from reviewloop.errors import PermanentError
from reviewloop.models.learners.protocol import Learner
from reviewloop.refs import FeaturesRef, SearchRef
from reviewloop.settings import settings

TABLE: Final = "reviewloop.models.learners.table"
"""Where the programs find the kinds by name."""
KEPT: Final = ("title", "text", "label", "fold")
"""What a kind is given of a row."""
OPEN: Final[tuple[Part, ...]] = ("train", "validation")
FOLDS: Final = "folds.npy"
_OLD_SECONDS: Final = 86400.0


def open_rows_of(features: FeaturesRef) -> pd.DataFrame:
    """Train and validation of the snapshot together, in one order."""
    return open_rows(open_parts_of(features), load_config().features.split)


def open_parts_of(features: FeaturesRef) -> dict[Part, pd.DataFrame]:
    """Both, of each the rows that customers wrote, with their label or a person's."""
    snapshot = artifacts.open_artifact(features.uri)
    parts: dict[Part, pd.DataFrame] = {}
    for part in OPEN:
        rows = with_provenance(from_parquet(snapshot.read(f"{part}.parquet")))
        parts[part] = rows[is_labelled_by_people(rows)]
    return parts


def fold(rows: pd.DataFrame, num_folds: int) -> Ints:
    """The fold of each row; near copies share theirs. Raises ``PermanentError`` where a fold leaves others without a sentiment."""
    groups = near_copy_groups(rows["text"].tolist(), load_config().features.near_duplicate_jaccard)
    folds = folds_of(rows["text_digest"].tolist(), groups, num_folds)
    require_every_sentiment(rows["label"].to_numpy(dtype=np.int64), folds)
    return folds


def publish_folds(key: str, folds: Ints) -> artifacts.Artifact:
    """Keep them, so that no task computes them again."""
    sink = io.BytesIO()
    np.save(sink, folds, allow_pickle=False)
    return artifacts.publish(places.leaderboard(key), {FOLDS: sink.getvalue()})


def rows_of(search: SearchRef) -> pd.DataFrame:
    """The rows of a leaderboard, each with its ``fold``."""
    rows = open_rows_of(search.features)
    data = artifacts.open_artifact(search.folds_uri, search.folds_digest).read(FOLDS)
    folds = np.load(io.BytesIO(data), allow_pickle=False)
    if len(folds) != len(rows):
        raise PermanentError(f"{search.folds_uri}: folds of {len(folds)} rows, the snapshot has {len(rows)}: start the run again")
    return rows.assign(fold=folds)


def folder(search: SearchRef) -> Path:
    """Where this machine works at the leaderboard."""
    return settings().work_dir / "leaderboard" / search.key[:16]


def rows_file(search: SearchRef) -> Path:
    """The file that the programs read, whole or not there."""
    place = folder(search) / "rows.parquet"
    if not place.exists():
        (folder(search) / "shared").mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(f".{os.getpid()}.parquet")
        rows_of(search)[list(KEPT)].to_parquet(temporary, index=False)
        temporary.replace(place)
    return place


def leave(search: SearchRef) -> None:
    """Nothing of it stays on this machine."""
    shutil.rmtree(folder(search), ignore_errors=True)


def leave_old() -> None:
    """Nor of those that were never judged, a day later."""
    for place in (settings().work_dir / "leaderboard").glob("*"):
        if time() - place.stat().st_mtime > _OLD_SECONDS:
            shutil.rmtree(place, ignore_errors=True)


def learners() -> Sequence[Learner]:
    """Every kind, from simple to complex."""
    known: Sequence[Learner] = import_module(TABLE).LEARNERS
    return known


def slug(kind: str) -> str:
    """A kind's name as a folder may have it."""
    return re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-")
