"""Which curated rows there are for a snapshot: those of the days' batches, without what was erased."""

import logging

import pandas as pd

from reviewloop.adapters.captures import erasures
from reviewloop.adapters.catalog import unload
from reviewloop.config import Contract
from reviewloop.core.dataset.snapshots import snapshot_dtypes
from reviewloop.core.lake.statements import ColumnNames
from reviewloop.errors import PermanentError

log = logging.getLogger(__name__)


def curated_rows(batches: dict[str, str], contract: Contract) -> pd.DataFrame:
    """The rows of these batches (day -> batch) with the columns of a snapshot, without what was erased.

    Raises ``PermanentError`` for a day without rows.
    """
    return without_erased(rows_of(batches, contract))


def rows_of(batches: dict[str, str], contract: Contract) -> pd.DataFrame:
    """See ``curated_rows``; with what was erased: for whoever leaves it out itself."""
    columns = ColumnNames(tuple(snapshot_dtypes(contract)))
    rows = unload.query_frame("snapshot", columns=columns, batches=sorted(batches.values()), day=max(batches))
    absent = sorted(set(batches) - set(rows["day"]))
    if absent:
        raise PermanentError(f"snapshot: Athena has no rows of {', '.join(absent)}, which the catalog lists; curate them again")
    return rows


def without_erased(rows: pd.DataFrame) -> pd.DataFrame:
    """What somebody asked to erase is in no snapshot from then on, also before its curated day was rewritten."""
    asked = {(one.day, one.review_id) for one in erasures.of_reviews()}
    named = pd.Series([key in asked for key in zip(rows["day"], rows["review_id"], strict=True)], index=rows.index, dtype=bool)
    erased = named | (rows["text"].fillna("") == "")
    if erased.any():
        log.info("%d reviews are left out: their words were erased", int(erased.sum()))
    return rows[~erased].reset_index(drop=True)
