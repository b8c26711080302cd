"""The rows that the leaderboard may be made on: train and validation, and never the sealed part, which judges a winner once."""

from collections.abc import Mapping

import pandas as pd

from reviewloop.config import SplitConfig
from reviewloop.core.dataset.splits import SEALED, Part, part_of
from reviewloop.errors import PermanentError


def open_rows(parts: Mapping[Part, pd.DataFrame], split: SplitConfig) -> pd.DataFrame:
    """Train and validation together, ordered by text, so that the order of a delivery decides nothing.

    Raises ``PermanentError`` where one of their texts is sealed, by the split or by lying in a sealed part as well: marks from it
    would be of an exam that the kinds were chosen by.
    """
    rows = pd.concat([parts["train"], parts["validation"]]).sort_values("text_digest", ignore_index=True)
    sealed = {digest for name in SEALED if name in parts for digest in parts[name]["text_digest"]}
    wrong = [digest in sealed or part_of(digest, split.validation, split.test) in SEALED for digest in rows["text_digest"]]
    if any(wrong):
        first = rows.loc[wrong, "review_id"].iloc[0]
        raise PermanentError(
            f"leaderboard: {sum(wrong)} of {len(rows)} rows are of the sealed part, first review {first}; "
            "hand over the parts of one snapshot, as build_features makes it"
        )
    return rows
