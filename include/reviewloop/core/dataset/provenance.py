"""Where a row of a snapshot and its label come from, and on which of them a model may be judged.

Only the training part may be sampled, labelled by something weaker than a person, or augmented: a mark on rows that we made or
labelled ourselves says how well a model agrees with us, not how well it reads customers.
"""

from typing import Final, Literal, get_args

import pandas as pd

from reviewloop.errors import PermanentError

Origin = Literal["natural", "augmented", "template"]
"""A customer wrote it; or we made it of what one wrote, whose ``review_id`` and ``day`` it keeps; or we wrote it, and it has
neither."""
LabelSource = Literal["rating", "human", "weak", "self", "template"]
"""The customer's stars; a person who read it for us; labelling functions; a model's own answer (self-training); the template
that the row, or its ending, was made from."""
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)
LABEL_SOURCES: Final[tuple[LabelSource, ...]] = get_args(LabelSource)
PROVENANCE: Final = ("origin", "label_source")
"""The two columns that every row of every part has."""
SAMPLED: Final = ("inclusion_probability", "sampling_weight")
"""Of a training part that was sampled: how likely each row was to be taken (NaN where the method has no probabilities), and for how
many it stands, with mean 1."""
_JUDGED_BY: Final[tuple[LabelSource, ...]] = ("rating", "human")
_NUM_NAMED: Final = 3


def as_delivered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as customers wrote and rated them."""
    return rows.assign(origin="natural", label_source="rating").astype(dict.fromkeys(PROVENANCE, "string"))


def is_as_delivered(rows: pd.DataFrame) -> bool:
    """Whether every row is what ``as_delivered`` says. Needs the columns."""
    return bool((rows["origin"].eq("natural") & rows["label_source"].eq("rating")).all())


def with_provenance(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that were stored without the columns, as delivered: before there were any, no snapshot had others."""
    return rows if set(PROVENANCE) <= set(rows.columns) else as_delivered(rows)


def is_labelled_by_people(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are natural, with the label of a rating or of a person. Needs the columns; unsaid is no."""
    return rows["origin"].eq("natural").fillna(False) & rows["label_source"].isin(_JUDGED_BY)


def require_judgeable(part: str, rows: pd.DataFrame) -> None:
    """Raises ``PermanentError`` unless every row of a part that judges is natural, with the label of a rating or of a person.

    Rows that do not say so judge nothing either. The error names the first of them.
    """
    if missing := [name for name in PROVENANCE if name not in rows.columns]:
        raise PermanentError(
            f"the {part} part has no column {' and no '.join(missing)}: unsaid is not natural; build the features again"
        )
    wrong = rows[~is_labelled_by_people(rows)]
    if wrong.empty:
        return
    named = [
        f"review {row.review_id} (origin {row.origin}, label_source {row.label_source})"
        for row in wrong.head(_NUM_NAMED).itertuples()
    ]
    raise PermanentError(
        f"{len(wrong)} of {len(rows)} rows of the {part} part may judge no model: {', '.join(named)}; allowed: origin natural with "
        f"label_source {' or '.join(_JUDGED_BY)}; sample, label and augment the train part alone"
    )
