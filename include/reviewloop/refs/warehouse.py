"""Days of a table in the data warehouse."""

from typing import Literal

from reviewloop.refs.base import Ref


class UnloadedRef(Ref):
    """A day of a table that the warehouse does not hold as the lake does."""

    table: Literal["reviews", "predictions"]
    day: str


class LoadedRef(Ref):
    """A day of a table, as the warehouse holds it now: the lake's batch of this digest, and of which decision it comes."""

    table: Literal["reviews", "predictions"]
    day: str
    batch: str
    digest: str
    num_rows: int
    generation: int
