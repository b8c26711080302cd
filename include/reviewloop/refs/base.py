"""What every hand-off is."""

from pydantic import BaseModel, ConfigDict


class Ref(BaseModel):
    """Base of all refs: frozen, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
