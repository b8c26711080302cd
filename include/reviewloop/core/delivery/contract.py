"""What a producer and we agreed on: one contract a dataset, a YAML file under ``include/config/datasets/``."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from reviewloop.config import Section
from reviewloop.core.reviews import FIELDS, MODEL_INPUTS, REQUIRED
from reviewloop.errors import ConfigError

_DTYPES = {"integer": "int64", "string": "string"}
HIVE_TYPES = {"integer": "bigint", "string": "string"}
"""The type of a column in the Glue catalog, by its type in the contract."""


class Column(Section):
    """One column: the producer's side (``column``, type, limits) and ours (``field``, role)."""

    field: str
    column: str
    """The producer's header cell, outer blanks stripped; may be empty."""
    type: Literal["integer", "string"]
    nullable: bool
    """Where not, a row without the value is quarantined."""
    range: tuple[int | None, int | None] = (None, None)
    """Closed range of an integer; null is open. A row beyond it is quarantined."""
    max_length: int | None = Field(default=None, ge=1)
    """Most characters of a string; a row beyond it is quarantined."""
    categories: tuple[str, ...] = ()
    """Known values. Others pass here: how many are too many is the quality gate's to say."""
    role: Literal["key", "model_input", "facet", "label_source", "other"]
    never_model_input: str | None = Field(default=None, min_length=1)
    """Why no model may ever see it."""
    description: str = Field(min_length=1)
    """One line; the column's comment in the Glue catalog."""

    @model_validator(mode="after")
    def _sound(self) -> "Column":
        if self.never_model_input and self.role == "model_input":
            raise ValueError(f"{self.field}: role is model_input, but never_model_input says {self.never_model_input!r}")
        if (self.type == "string" and self.range != (None, None)) or (self.type == "integer" and self.max_length):
            raise ValueError(f"{self.field}: range limits integers, max_length strings; the type is {self.type}")
        return self


class Contract(Section):
    """All columns. It must name every field of ``core.reviews`` once, with the type and the roles that our code relies on."""

    name: str
    additive_columns: Literal["ignore", "refuse"]
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _fits_our_fields(self) -> "Contract":
        fields = [column.field for column in self.columns]
        if sorted(fields) != sorted(FIELDS):
            wrong = sorted(set(fields) ^ set(FIELDS)) or sorted({field for field in fields if fields.count(field) > 1})
            raise ValueError(f"each field must be named once; missing, unknown or repeated: {', '.join(wrong)}")
        headers = [column.column for column in self.columns]
        if len(set(headers)) != len(headers):
            raise ValueError(f"two fields share a column: {', '.join(sorted({h for h in headers if headers.count(h) > 1}))}")
        for column in self.columns:
            if _DTYPES[column.type] != FIELDS[column.field]:
                raise ValueError(f"{column.field}: the type must be that of core.reviews ({FIELDS[column.field]})")
            if column.nullable and (column.field in REQUIRED or column.type == "integer"):
                raise ValueError(f"{column.field}: cannot be nullable, every row needs it")
        inputs = {column.field for column in self.columns if column.role == "model_input"}
        if inputs != set(MODEL_INPUTS):
            raise ValueError(f"role model_input must be that of {', '.join(MODEL_INPUTS)}, which the models read; nothing else")
        return self

    def headers(self) -> dict[str, str]:
        """Our field -> the producer's header cell."""
        return {column.field: column.column for column in self.columns}

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

    def never_model_inputs(self) -> tuple[str, ...]:
        """The fields that no model may see."""
        return tuple(column.field for column in self.columns if column.never_model_input)


def parse_contract(name: str, data: Mapping[str, Any]) -> Contract:
    """Validate; raises ``ConfigError`` with one line per fault, ``name`` first."""
    try:
        contract = Contract.model_validate(data)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'contract'}: {e['msg']}" for e in error.errors(include_url=False))
        raise ConfigError(f"datasets/{name}.yaml: " + "; ".join(faults)) from None
    if contract.name != name:
        raise ConfigError(f"datasets/{name}.yaml: name: is {contract.name!r}; it must be the file's, {name!r}")
    return contract
