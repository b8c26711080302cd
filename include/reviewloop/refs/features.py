"""Snapshots that training reads, and what is known of them."""

from reviewloop.refs.base import Ref


class FeaturesRef(Ref):
    """A published snapshot: ``train``, ``validation`` Parquet under ``uri``, the sealed test part under ``sealed_uri``."""

    uri: str
    sealed_uri: str
    digest: str
    last_day: str
    num_train: int
    num_validation: int
    num_test: int
    num_new: int
    """Rows of the train part that the last announced snapshot did not hold."""
    max_seq_length: int
    generation: int = 0
    """How often the latest snapshot changed until this one was it; 0 for a rebuilt past, and from before there was this field."""
    future_uri: str | None = None
    """The sealed part of the last days, where ``features.split.future_days`` asks for one and it holds a row."""
    num_future: int = 0
    made_of: str = ""
    """The digest of the code and configuration that it was built with last (``adapters.deployed``)."""
    changes: tuple[str, ...] = ()
    """What of them changed since the snapshot that training was told of before, a sentence each."""


class ProfileRef(Ref):
    """A snapshot's profile: ``page_uri`` for a person, the same numbers as ``profile.json`` under ``uri``."""

    uri: str
    digest: str
    page_uri: str
    num_rows: int
    """Curated rows of the snapshot, repeated texts among them."""
