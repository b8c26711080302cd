"""What a state of the lake is made of."""

from pydantic import BaseModel, ConfigDict


class Kept(BaseModel):
    """Kept in the lake as JSON: frozen. A field that the reader does not know was written by later code, and is left out."""

    model_config = ConfigDict(frozen=True)
