"""What a producer and we agreed on: one contract a dataset, a YAML file under ``include/config/datasets/``.

Our code reads a few columns by name (``FIXED``): their names and types are ours. All others are the dataset's own: a facet
groups reviews (bias, slices, profile, drift), any other column is kept in the lake and no more.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from reviewloop.config.data.missing import MISSING_WORDS
from reviewloop.config.data.names import NAME_RULE, is_name, why_taken
from reviewloop.config.sections import Section
from reviewloop.errors import ConfigError

Kind = Literal["integer", "string"]
Role = Literal["key", "model_input", "facet", "label_source", "other"]
Bounds = tuple[int | None, int | None]

_DTYPES: Final[Mapping[str, str]] = {"integer": "int64", "string": "string"}
HIVE_TYPES: Final[Mapping[str, str]] = {"integer": "bigint", "string": "string"}
"""The type of a column in the Glue catalog, by its type in the contract."""
_OPEN: Final[Bounds] = (None, None)


@dataclass(frozen=True)
class Fixed:
    """What our code relies on in a column that it reads by name. An ``optional`` one may be left out of a contract."""

    type: Kind
    role: Role
    is_optional: bool = False
    range: Bounds | None = None
    """The range that the contract must give, where one is meant."""


FIXED: Final[Mapping[str, Fixed]] = {
    "review_id": Fixed("integer", "key"),
    "title": Fixed("string", "model_input"),
    "text": Fixed("string", "model_input"),
    "rating": Fixed("integer", "label_source", range=(1, 5)),
    "product_id": Fixed("integer", "other", is_optional=True),
    "recommended": Fixed("integer", "other", is_optional=True, range=(0, 1)),
    "positive_feedback": Fixed("integer", "other", is_optional=True),
}
"""Fields whose names and types are ours.

Without an id no row can be counted, without a text nothing can be read, without stars nothing is labelled, and the endpoint,
the tests of behaviour and the weights of a model are made for a title beside the text (it may be empty). The optional ones
only add a check: a stuck product, a recommendation that contradicts its stars, a counter that ran over.
"""
MODEL_INPUTS: Final = tuple(name for name, fixed in FIXED.items() if fixed.role == "model_input")
"""All a model may see. The contract says why others never may."""


class Column(Section):
    """One column: the producer's side (``column``, type, limits) and ours (``field``, role)."""

    field: str
    column: str
    """The producer's header cell, outer blanks stripped; may be empty."""
    label: str | None = Field(default=None, min_length=1)
    """How pages name it; the field with blanks where it is not given."""
    type: Kind
    nullable: bool
    """Where not, a row without the value is quarantined."""
    range: Bounds = _OPEN
    """Closed range of an integer; null is open. A row beyond it is quarantined."""
    max_length: int | None = Field(default=None, ge=1)
    """Most characters of a string; a row beyond it is quarantined."""
    categories: tuple[str, ...] = ()
    """Known values of a string. Others pass here: how many are too many is the quality gate's to say."""
    missing: tuple[str, ...] | None = None
    """Words that a producer writes where the value is missing, whatever their case; without a list here the usual ones.

    They are compared with the whole cell, without outer blanks. One of ``categories`` is a value all the same: where the
    contract knows a channel ``None`` or a country ``NA``, the cell says that and nothing is missing.
    """
    bands: tuple[int, ...] = ()
    """Lower edges of the bands that make an integer a facet, in its unit; the last band is open, a single edge is a threshold."""
    role: Role
    never_model_input: str | None = Field(default=None, min_length=1)
    """Why no model may ever see it."""
    description: str = Field(min_length=1)
    """One line; the column's comment in the Glue catalog."""

    @property
    def facet(self) -> str:
        """The facet's name: the field, or ``age_band`` for the bands of ``age``."""
        return f"{self.field}_band" if self.bands else self.field

    @property
    def shown(self) -> str:
        """How pages name it."""
        return self.label or self.field.replace("_", " ").capitalize()

    @cached_property
    def _missing(self) -> frozenset[str]:
        words = MISSING_WORDS if self.missing is None else self.missing
        return frozenset(word.casefold() for word in words) - {value.casefold() for value in self.categories}

    def says_missing(self, cell: str) -> bool:
        """Whether ``cell`` is a word for a missing value."""
        return cell.strip().casefold() in self._missing

    @cached_property
    def longest_missing(self) -> int:
        """Characters of the longest word for a missing value: a longer cell without outer blanks is none."""
        return max(map(len, self._missing), default=0)

    @model_validator(mode="after")
    def _sound(self) -> "Column":
        if faults := [*_faults_of_name(self), *_faults_of_type(self), *_faults_of_role(self)]:
            raise ValueError("; ".join(f"{self.field}: {fault}" for fault in faults))
        return self


def _faults_of_name(column: Column) -> list[str]:
    if column.column != column.column.strip():
        return [f"column {column.column!r} has outer blanks, which are cut off a header's cells; write {column.column.strip()!r}"]
    if not is_name(column.field):
        return [f"the field is no name of a column; allowed: {NAME_RULE}"]
    taken = None if column.field in FIXED else why_taken(column.field)
    return [f"the field is {taken}; choose another name, such as {column.field}_name"] if taken else []


def _faults_of_type(column: Column) -> list[str]:
    faults = []
    low, high = column.range
    if (column.type == "string" and column.range != _OPEN) or (column.type == "integer" and column.max_length):
        faults.append(f"range limits integers, max_length strings; the type is {column.type}")
    if low is not None and high is not None and low > high:
        faults.append(f"range {[low, high]} is empty; give [lowest, highest]")
    if column.type == "integer" and column.nullable:
        faults.append("cannot be nullable: an integer column has no gaps, a row without it is quarantined")
    if column.type == "integer" and column.categories:
        faults.append("categories are of strings; limit an integer by its range")
    if twice := [value for value, count in Counter(column.categories).items() if count > 1]:
        faults.append(f"category {twice[0]!r} is listed twice")
    if both := sorted(set(column.missing or ()) & set(column.categories)):
        faults.append(f"{both[0]!r} is among its categories and its words for missing; leave it in one of them")
    return faults


def _faults_of_role(column: Column) -> list[str]:
    fixed, faults = FIXED.get(column.field), []
    if fixed is None:
        if column.role not in ("facet", "other"):
            those = ", ".join(name for name, one in FIXED.items() if one.role == column.role)
            faults.append(f"role {column.role} must be that of {those}; nothing else; allowed here: facet, other")
    else:
        if column.type != fixed.type:
            faults.append(f"the type must be {fixed.type}: our code reads it by name")
        if column.role != fixed.role:
            faults.append(f"the role must be {fixed.role}: our code reads it by name")
        if fixed.range is not None and column.range != fixed.range:
            faults.append(f"range must be {list(fixed.range)}: other numbers mean nothing to our code; ask for the column in these")
        if column.nullable and column.field == "text":
            faults.append("cannot be nullable, every row needs it")
    if column.never_model_input and column.role == "model_input":
        faults.append(f"role is model_input, but never_model_input says {column.never_model_input!r}")
    if column.bands and (column.type != "integer" or column.role != "facet"):
        faults.append(f"bands are of an integer with role facet; it is {column.type} with role {column.role}")
    if column.role == "facet" and column.type == "integer" and not column.bands:
        faults.append("an integer facet needs bands, the lower edges of its groups, such as [0, 30, 60]")
    if list(column.bands) != sorted(set(column.bands)):
        faults.append(f"bands {list(column.bands)} must rise")
    return faults


class Contract(Section):
    """All columns: every field of ``FIXED`` that is not optional, and at least one facet."""

    name: str
    additive_columns: Literal["ignore", "refuse"]
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _holds_together(self) -> "Contract":
        fields = [column.field for column in self.columns]
        facets = [column.facet for column in self.columns if column.role == "facet"]
        if twice := _twice(fields):
            raise ValueError(f"a field is named twice: {twice}; each column needs a field of its own")
        if twice := _twice([column.column for column in self.columns]):
            raise ValueError(f"two fields share a column: {twice}")
        if missing := [name for name, fixed in FIXED.items() if not fixed.is_optional and name not in fields]:
            raise ValueError(f"field missing: {', '.join(missing)}; every contract needs it, under this name")
        if not facets:
            raise ValueError("no column has the role facet; the bias gate compares groups of reviews: give at least one")
        banded = {column.facet: column.field for column in self.columns if column.bands}
        for name, field in banded.items():
            if name in fields or why_taken(name):
                raise ValueError(f"{field}: its bands are the facet {name}, and that name is taken; rename one of the two fields")
        return self

    def __contains__(self, field: object) -> bool:
        """Whether the contract has a column for the field."""
        return any(column.field == field for column in self.columns)

    @property
    def facets(self) -> dict[str, Column]:
        """Every facet by name, in the order of the columns."""
        return {column.facet: column for column in self.columns if column.role == "facet"}

    @property
    def integers(self) -> tuple[str, ...]:
        """The fields that count or measure something: integers that are no ids."""
        return tuple(one.field for one in self.columns if one.type == "integer" and one.field not in ("review_id", "product_id"))

    def facet_bands(self) -> dict[str, tuple[int, ...]]:
        """Every facet's name and lower edges: what decides which groups there are. A text has no edges."""
        return {name: column.bands for name, column in self.facets.items()}

    def counted(self) -> tuple[str, ...]:
        """Numbers that groups can be made of: those that are facets, and how many found a review helpful."""
        facets = [column.field for column in self.facets.values() if column.bands]
        return (*facets, *(["positive_feedback"] if "positive_feedback" in self else []))

    def headers(self) -> dict[str, str]:
        """Our field -> the producer's header cell."""
        return {column.field: column.column for column in self.columns}

    def dtypes(self) -> dict[str, str]:
        """Our field -> its pandas dtype: the columns of a curated row, in their order."""
        return {column.field: _DTYPES[column.type] for column in self.columns}

    def hive_types(self) -> dict[str, str]:
        """Our field -> its type in the Glue catalog."""
        return {column.field: HIVE_TYPES[column.type] for column in self.columns}

    def comments(self) -> dict[str, str]:
        """Our field -> its line in the Glue catalog, with the ban on model inputs, if there is one."""
        return {
            column.field: column.description
            + (f"; never a model input: {column.never_model_input}" if column.never_model_input else "")
            for column in self.columns
        }

    def labels(self) -> dict[str, str]:
        """How pages name every field, and every facet that has another name."""
        return {name: column.shown for column in self.columns for name in dict.fromkeys((column.field, column.facet))}

    def never_model_inputs(self) -> tuple[str, ...]:
        """The fields that no model may see."""
        return tuple(column.field for column in self.columns if column.never_model_input)


def _twice(names: list[str]) -> str:
    return ", ".join(sorted(repr(name) for name, count in Counter(names).items() if count > 1))


def parse_contract(name: str, data: Mapping[str, Any]) -> Contract:
    """Validate; raises ``ConfigError`` in one line that names every fault, ``name`` first."""
    try:
        contract = Contract.model_validate(data)
    except ValidationError as error:
        faults = (_in_words(one, data) for one in error.errors(include_url=False))
        raise ConfigError(f"datasets/{name}.yaml: " + "; ".join(faults)) from None
    if contract.name != name:
        raise ConfigError(f"datasets/{name}.yaml: name: is {contract.name!r}; it must be the file's, {name!r}")
    return contract


def _in_words(error: ErrorDetails, data: Mapping[str, Any]) -> str:
    """One fault: the column by its field, the key, what is wrong, what was found."""
    place, found = list(error["loc"]), error["input"]
    if len(place) > 1 and place[0] == "columns" and isinstance(place[1], int):
        entry = data["columns"][place[1]]
        named = entry.get("field") if isinstance(entry, Mapping) else None
        place[:2] = [f"columns.{named or place[1] + 1}"]
    where, message = ".".join(map(str, place)), error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return message
    if error["type"] == "extra_forbidden":
        known = Column.model_fields if str(place[0]).startswith("columns.") else {**Contract.model_fields, "config": None}
        return f"{where}: no such key; known: {', '.join(known)}"
    if error["type"] == "string_type" and isinstance(found, int | float):
        return f"{where}: {found!r} is no text to YAML; put it in quotes"
    return f"{where}: {message}" + ("" if error["type"] == "missing" else f" (found {str(found)[:80]!r})")
