"""Does the sealed test part hold texts that the model was trained on, word for word or nearly?

Counted from the texts themselves, not from what the split says of them: this is what would show a split that failed.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.core.dataset.shingles import near_matches
from reviewloop.core.texts import text_digest

_NUM_EXAMPLES: Final = 5
_MAX_CHARS: Final = 200
"""Of a quoted text: enough to recognise it."""


@dataclass(frozen=True)
class Copy:
    """A sealed review and the one in ``part`` that it copies; ``text`` is the latter's, cut. Similarity 1: the same text."""

    sealed_review_id: int
    review_id: int
    part: str
    similarity: float
    text: str


@dataclass(frozen=True)
class Leakage:
    """What the sealed part shares with the parts that a training reads."""

    num_shared_texts: int
    """Sealed texts that stand in another part too, however written ..."""
    num_near_duplicates: int
    """... and those that do not, but of which another part has a near copy."""
    min_jaccard: float
    """From this share of three-word runs on, two texts are near copies."""
    examples: tuple[Copy, ...]
    """The closest ones."""

    def metrics(self) -> dict[str, float]:
        """``leakage.num_shared_texts`` and ``leakage.num_near_duplicates``."""
        counts = {"num_shared_texts": self.num_shared_texts, "num_near_duplicates": self.num_near_duplicates}
        return {f"leakage.{name}": float(count) for name, count in counts.items()}

    def as_json(self) -> dict[str, Any]:
        """Everything, for the report."""
        return asdict(self)


def find_leakage(sealed: pd.DataFrame, known: dict[str, pd.DataFrame], min_jaccard: float) -> Leakage:
    """``sealed`` against each part in ``known``, by part name; all frames have ``review_id`` and ``text``."""
    ours = _distinct(sealed)
    theirs = _distinct(pd.concat([frame[["review_id", "text"]].assign(part=part) for part, frame in known.items()]))
    place_of = {digest: place for place, digest in enumerate(theirs["digest"])}
    shared = [(place, place_of[digest]) for place, digest in enumerate(ours["digest"]) if digest in place_of]
    examples = [_copy(ours, theirs, *places, 1.0) for places in shared[:_NUM_EXAMPLES]]
    others = ours[~ours["digest"].isin(theirs["digest"])].reset_index(drop=True)
    near: set[int] = set()
    for first, second, similarity in near_matches(others["text"].tolist(), theirs["text"].tolist(), min_jaccard):
        near |= set(first.tolist())
        closest = np.lexsort((second, first, -similarity))[:_NUM_EXAMPLES]
        examples += [_copy(others, theirs, int(first[at]), int(second[at]), float(similarity[at])) for at in closest]
    examples.sort(key=lambda copy: (-copy.similarity, copy.sealed_review_id, copy.review_id))
    return Leakage(len(shared), len(near), min_jaccard, tuple(examples[:_NUM_EXAMPLES]))


def _distinct(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a text; balancing may have repeated training rows."""
    return rows.assign(digest=rows["text"].map(text_digest)).drop_duplicates("digest").reset_index(drop=True)


def _copy(ours: pd.DataFrame, theirs: pd.DataFrame, place: int, other: int, similarity: float) -> Copy:
    row = theirs.iloc[other]
    return Copy(
        int(ours["review_id"].iloc[place]), int(row["review_id"]), str(row["part"]), similarity, str(row["text"])[:_MAX_CHARS]
    )
