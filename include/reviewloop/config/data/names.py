"""What a column of a dataset may be called: a name that Glue and SQL know, and that our own code does not use."""

import re
from typing import Final

NAME_RULE: Final = "lower-case letters, digits and _, a letter first, at most 64 characters, such as brand_name"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")

OURS: Final = frozenset({
    "day", "batch", "row", "reason", "cells",  # partitions and the quarantine
    "review_day",  # the day of a captured review
    "sentiment", "label", "part", "weight", "text_digest", "model_text", "input_ids", "num_words", "num_tokens",  # features
    "origin", "label_source", "inclusion_probability", "sampling_weight",  # their provenance
    "snapshot", "event_timestamp", "is_negative", "is_neutral", "is_positive",
    "prediction", "p_negative", "p_neutral", "p_positive", "answered", "model_version", "reviews_batch",  # answers
    "words", "tokens", "days", "length", "has_title", "text_length", "unknown_word_share",  # figures, slices and descriptors
})  # fmt: skip
"""Columns that our code puts beside the dataset's."""

_SQL: Final = frozenset(
    """
    alter and as between by case cast constraint create cross cube current_catalog current_date current_path current_schema
    current_time current_timestamp current_user deallocate delete describe distinct drop else end escape except execute exists
    extract false first for from full group grouping having in inner insert intersect into is join last left like listagg
    localtime localtimestamp natural normalize not null of on or order outer prepare recursive right rollup select skip table
    then trim true uescape unbounded union unnest using values when where with
    """.split()  # noqa: SIM905
)
"""Athena's reserved words: an analyst could name such a column in quotes alone."""


def is_name(name: str) -> bool:
    """Whether ``name`` can be a column: see ``NAME_RULE``."""
    return _NAME.fullmatch(name) is not None


def why_taken(name: str) -> str | None:
    """Why a dataset's own column may not be called ``name``, or ``None``."""
    if name in OURS:
        return f"taken by a column that our code adds (taken: {', '.join(sorted(OURS))})"
    return "a reserved word of SQL" if name in _SQL else None
