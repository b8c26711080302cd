"""Product watch: of which products customers complain more than they used to."""

import re
from collections.abc import Iterator
from typing import Final

from pydantic import Field, model_validator

from reviewloop.config.data.contract import Contract
from reviewloop.config.sections import Section

_WORD: Final = re.compile(r"[^\W\d_A-Z]+(?:'[^\W\d_A-Z]+)*\*?")
_WATCHED: Final = ("facet", "other")
"""Roles of a column that can be a level."""


class ProductsConfig(Section):
    """The complaints of the last days about each product, beside what is usual for it. ``levels`` and ``themes`` are the shop's."""

    levels: tuple[str, ...] = ()
    """Columns of the contract, the widest first, the product last, whose share leans on its group's. Empty: none is watched."""
    themes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """What complaints are about -> the words that tell it, in lower case; a ``*`` at the end stands for any ending."""
    false_discovery_rate: float = Field(gt=0, lt=0.5)
    """Of a clean week: the chance of any alarm. Of other weeks: the expected share of alarms that are false."""
    window_days: int = Field(ge=1)
    """Days of which the complaints are added up, the day itself among them."""
    min_reviews: int = Field(ge=1)
    """Of those days, about a product or a group; with fewer it is not judged."""
    min_before: int = Field(ge=1)
    """Of all days before, in the whole shop; with fewer nothing is judged: nobody knows what is usual."""
    num_top: int = Field(ge=1)
    """Products that the page lists, and at most so many alerts of a day; more are one."""
    num_quoted: int = Field(ge=0)
    """Complaints shown of each product that alarms, or leads the list."""

    @property
    def product(self) -> str:
        """The column that names the product; empty where none is watched."""
        return self.levels[-1] if self.levels else ""

    @model_validator(mode="after")
    def _words(self) -> "ProductsConfig":
        if wrong := [word for words in self.themes.values() for word in words if not _WORD.fullmatch(word)]:
            raise ValueError(
                f"themes: {wrong[0]!r} is no word; give words in lower case, such as small, or stretch* for any ending"
            )
        if empty := [theme for theme, words in self.themes.items() if not words]:
            raise ValueError(f"themes.{empty[0]}: has no word; give at least one, or leave the theme out")
        return self


def disagreements_of_levels(contract: Contract, products: ProductsConfig) -> Iterator[str]:
    """What is wrong with ``levels`` under this contract, in words."""
    allowed = [one.field for one in contract.columns if one.role in _WATCHED]
    if unknown := [name for name in products.levels if name not in allowed]:
        yield f"products.levels: unknown {', '.join(unknown)}; allowed are columns of role facet or other: {', '.join(allowed)}"
    if len(set(products.levels)) < len(products.levels):
        yield f"products.levels: a column is named twice in {', '.join(products.levels)}; name each once, the product last"
