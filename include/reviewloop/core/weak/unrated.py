"""Reviews that nobody rated, labelled otherwise, beside the rated ones of the training part."""

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from reviewloop.core.dataset.shingles import near_matches
from reviewloop.core.dataset.snapshots import Snapshot
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.texts import text_digest

UNRATED = 0
"""In the place of the stars that nobody gave."""


def usable(unrated: pd.DataFrame, snapshot: Snapshot, validation: float, test: float, min_jaccard: float) -> pd.DataFrame:
    """The rows of ``unrated`` (as in the snapshot's parts, without ``rating``) that may be learnt from, one a text, with
    ``text_digest``.

    Left out are texts that a part of the snapshot holds, texts that the split puts elsewhere than into train (rated one day, they
    would be asked in an exam that the model has seen), and near copies of texts that judge.
    """
    rows = unrated.assign(text_digest=unrated["text"].map(text_digest).astype("string"))
    rows = rows.sort_values(["day", "review_id"], kind="stable").drop_duplicates("text_digest")
    known: Collection[str] = set().union(*(part["text_digest"] for part in snapshot.parts.values()))
    ours = (digest not in known and part_of(digest, validation, test) == "train" for digest in rows["text_digest"])
    rows = rows[np.fromiter(ours, dtype=bool, count=len(rows))].reset_index(drop=True)
    judging = [text for name, part in snapshot.parts.items() if name != "train" for text in part["text"]]
    copies = {place for first, _, _ in near_matches(rows["text"].tolist(), judging, min_jaccard) for place in first.tolist()}
    return rows.drop(index=sorted(copies)).reset_index(drop=True)


def with_labels_of(snapshot: Snapshot, labelled: pd.DataFrame, source: Literal["weak", "self"]) -> Snapshot:
    """The snapshot whose training part also has ``labelled``: rows of ``usable`` with a ``label`` that ``source`` gave. The parts
    that judge stay as they are."""
    train = snapshot.parts["train"]
    more = labelled.assign(rating=UNRATED, origin="natural", label_source=source)[list(train.columns)].astype(
        train.dtypes.to_dict()
    )
    both = pd.concat([train, more], ignore_index=True).sort_values(["day", "review_id", "text_digest"], kind="stable")
    parts = {**snapshot.parts, "train": both.reset_index(drop=True)}
    return replace(snapshot, parts=parts, num_unrated=snapshot.num_unrated + len(more))
