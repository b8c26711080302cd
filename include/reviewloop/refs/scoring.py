"""Curated days, read by a model."""

from reviewloop.refs.base import Ref
from reviewloop.refs.ingest import CuratedRef


class ChunkRef(Ref):
    """Rows ``first`` to ``stop - 1`` of a curated day, for one task to read with this model."""

    curated: CuratedRef
    first: int
    stop: int
    model_version: str
    model_digest: str


class ReadRef(Ref):
    """A chunk, read: its predictions, and what they were computed from, under ``uri``, in the model's ``form``."""

    chunk: ChunkRef
    uri: str
    digest: str
    form: str


class PredictionsRef(Ref):
    """One curated day scored by one model version: a partition (day, batch) of the Glue table ``predictions``."""

    day: str
    batch: str
    uri: str
    digest: str
    num_rows: int
    model_version: str
