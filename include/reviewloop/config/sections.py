"""What every section of the configuration is made of."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]


def every(names: Any) -> AfterValidator:
    """Of a mapping: each of ``names`` (a ``Literal``) must be a key. The error names those that are missing."""

    def none_missing(given: Mapping[str, Any]) -> Mapping[str, Any]:
        if missing := [name for name in get_args(names) if name not in given]:
            raise ValueError(f"{', '.join(missing)} missing; every one of {', '.join(get_args(names))} is to be given")
        return given

    return AfterValidator(none_missing)


class Section(BaseModel):
    """Base of all sections: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(Section):
    """A closed interval that a share must lie in."""

    low: Share
    high: Share

    @model_validator(mode="after")
    def _ordered(self) -> "Band":
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self
