"""How pages name the columns and facets of a dataset."""

from collections.abc import Mapping
from typing import Final

_OURS: Final = {"length": "Text length", "has_title": "Title"}
"""Facets that every dataset has."""


def label(name: str, labels: Mapping[str, str]) -> str:
    """The label of a column or facet: the contract's (``Contract.labels``), ours, or the name with blanks."""
    return labels.get(name) or _OURS.get(name) or name.replace("_", " ").capitalize()
